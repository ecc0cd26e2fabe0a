//! Who a peer is: what its certificate says, and nothing that it says itself.
//!
//! A certificate carries `<name>.<role>.bubbles` among its DNS names, and a
//! node's also [`NODE_NAME`], which is what a client verifies a server against:
//! an address says nothing about who answers there.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use webpki::EndEntityCert;

use crate::certificate::Fingerprint;

/// The DNS name that all nodes' certificates have in common.
pub(crate) const NODE_NAME: &str = "node.bubbles";

/// The longest name: a label of a DNS name has no more.
const MAX_NAME_BYTES: usize = 63;

/// What a peer may do. The transport tells [`Role::Join`] from the others; what
/// the others may ask for is decided where the question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A node of the cluster: the only one that others connect to.
    Node,
    /// A person who may change the cluster.
    Admin,
    /// A person who may run jobs.
    Submit,
    /// A person who may look.
    Read,
    /// The bearer of an invitation, who may ask to be let in and nothing else.
    Join,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Node,
        Self::Admin,
        Self::Submit,
        Self::Read,
        Self::Join,
    ];

    /// As it stands in a certificate.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Admin => "admin",
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Join => "join",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a role is one of node, admin, submit, read, join")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or(RoleError)
    }
}

/// The name of a node or of a person: 1 to 63 of `a-z`, `0-9` and `-`, with no
/// `-` at an end, as it is a part of a DNS name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeerName(String);

/// Text that is no name of a peer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a name is 1 to 63 of a-z, 0-9 and -, with no - at either end")]
pub struct PeerNameError;

impl PeerName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PeerName {
    type Error = PeerNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=MAX_NAME_BYTES).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits {
            Ok(Self(text))
        } else {
            Err(PeerNameError)
        }
    }
}

impl FromStr for PeerName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<PeerName> for String {
    fn from(name: PeerName) -> Self {
        name.0
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who a peer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerIdentity {
    /// Unique in its cluster, if the authority's holder keeps it so.
    pub name: PeerName,
    /// What it may do.
    pub role: Role,
    /// Of its certificate.
    pub fingerprint: Fingerprint,
}

/// A certificate that does not say who its holder is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeerError {
    /// No X.509 certificate.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// None of its DNS names is `<name>.<role>.bubbles`.
    #[error("the certificate names no one")]
    Nameless,
    /// It names several; an authority of ours makes no such certificate.
    #[error("the certificate names more than one")]
    Ambiguous,
}

impl PeerIdentity {
    /// Reads a certificate. Whether it is to be trusted is another question.
    pub fn of_certificate(der: &[u8]) -> Result<Self, PeerError> {
        let der = CertificateDer::from(der);
        let certificate = EndEntityCert::try_from(&der).map_err(|_| PeerError::Unreadable)?;
        let mut found = certificate.valid_dns_names().filter_map(read_dns_name);
        let (name, role) = found.next().ok_or(PeerError::Nameless)?;
        if found.next().is_some() {
            return Err(PeerError::Ambiguous);
        }
        Ok(Self {
            name,
            role,
            fingerprint: Fingerprint::of(&der),
        })
    }
}

impl fmt::Display for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.role)
    }
}

/// The DNS names of a certificate for this name and role.
pub(crate) fn dns_names(name: &PeerName, role: Role) -> Vec<String> {
    let own = format!("{name}.{role}.bubbles");
    match role {
        Role::Node => vec![NODE_NAME.to_owned(), own],
        _ => vec![own],
    }
}

fn read_dns_name(dns_name: &str) -> Option<(PeerName, Role)> {
    let (name, role) = dns_name.strip_suffix(".bubbles")?.split_once('.')?;
    Some((name.parse().ok()?, role.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_label() {
        for good in ["a", "worker-1", "9", &"x".repeat(63)] {
            assert!(good.parse::<PeerName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a.b",
            "a_b",
            "ä",
            "a b",
            &"x".repeat(64),
        ] {
            assert_eq!(bad.parse::<PeerName>(), Err(PeerNameError), "{bad}");
        }
    }

    #[test]
    fn a_dns_name_is_read_as_it_is_made() {
        let name: PeerName = "worker-1".parse().unwrap();
        for role in Role::ALL {
            let read: Vec<_> = dns_names(&name, role)
                .iter()
                .filter_map(|name| read_dns_name(name))
                .collect();
            assert_eq!(read, [(name.clone(), role)]);
        }
        for other in [
            "node.bubbles",
            "a.b.node.bubbles",
            "a.node.bubbles.x",
            "a.root.bubbles",
        ] {
            assert_eq!(read_dns_name(other), None, "{other}");
        }
    }
}
