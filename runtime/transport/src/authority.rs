//! The cluster's own certificate authority. Whoever holds its key decides who
//! is in the cluster; the others know its certificate.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use time::OffsetDateTime;
use webpki::EndEntityCert;

use crate::certificate::{Certificate, Fingerprint};
use crate::identity::{Identity, IdentityError};
use crate::key::{PrivateKey, PublicKey, Subject};
use crate::peer::{PeerError, PeerName, Role, dns_names};
use crate::pem::{self, LoadError, PemError, SaveError};

/// The file in the folder that an authority is saved to.
const FILE: &str = "authority.pem";

/// How far a certificate is dated back: the clocks of two machines may differ
/// by so much and the one that is behind still takes it.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// From when until when a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: SystemTime,
    /// The last one.
    pub until: SystemTime,
}

impl Validity {
    /// Good for `lasting` after `now`, and from five minutes before it, as clocks differ.
    pub fn starting(now: SystemTime, lasting: Duration) -> Self {
        Self {
            from: now.checked_sub(CLOCK_SKEW).unwrap_or(UNIX_EPOCH),
            until: now.checked_add(lasting).unwrap_or(now),
        }
    }
}

/// Why no certificate was made.
#[derive(Debug, Error)]
pub enum IssueError {
    /// It would end before it begins, or lie outside the years that a certificate can say.
    #[error("a certificate cannot be good from {:?} until {:?}", .0.from, .0.until)]
    Validity(Validity),
    /// The certificate could not be written; no input is known that leads here.
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// What was made is no identity; no input is known that leads here.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// The authority: its key and its certificate.
#[derive(Debug, Clone)]
pub struct Authority {
    key: PrivateKey,
    certificate: Certificate,
}

impl Authority {
    /// A new authority, for a new cluster.
    pub fn new(key: PrivateKey, validity: Validity) -> Result<Self, IssueError> {
        let mut params = authority_params(&key);
        (params.not_before, params.not_after) = dates(validity)?;
        let certificate = params.self_signed(&key.pair())?;
        Ok(Self {
            key,
            certificate: Certificate::from_der(certificate.der().to_vec()),
        })
    }

    /// Its certificate, which all peers trust.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What an invitation names it by.
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }

    /// A certificate for the holder of `key`. Its name and role are what the
    /// caller says and never what the asker says. Only a node's certificate is
    /// good for a server: no other role can pass for a node.
    pub fn issue(
        &self,
        name: &PeerName,
        role: Role,
        validity: Validity,
        key: &PublicKey,
    ) -> Result<Certificate, IssueError> {
        let mut params = CertificateParams::default();
        (params.not_before, params.not_after) = dates(validity)?;
        // Who it is stands in the DNS names; a subject would say it again, in a token's precious bytes.
        params.distinguished_name = DistinguishedName::new();
        params.subject_alt_names = dns_names(name, role)
            .into_iter()
            .map(|name| Ok(SanType::DnsName(name.try_into()?)))
            .collect::<Result<_, rcgen::Error>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if role == Role::Node {
            params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let issuer = Issuer::new(authority_params(&self.key), self.key.pair());
        let certificate = params.signed_by(&Subject(*key), &issuer)?;
        Ok(Certificate::from_der(certificate.der().to_vec()))
    }

    /// A whole identity, for who makes the key beside the authority, as a cluster's first node does.
    pub fn identity(
        &self,
        name: &PeerName,
        role: Role,
        validity: Validity,
        key: PrivateKey,
    ) -> Result<Identity, IssueError> {
        let certificate = self.issue(name, role, validity, &key.public())?;
        Ok(Identity::new(key, certificate, self.certificate.clone())?)
    }

    /// The key and the certificate, in this order.
    pub fn to_pem(&self) -> String {
        pem::write(&self.key, &[&self.certificate])
    }

    /// Reads what [`Authority::to_pem`] wrote.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let (key, [certificate]) = pem::read(text)?;
        let der = CertificateDer::from(certificate.der());
        let parsed = EndEntityCert::try_from(&der);
        let parsed = parsed.map_err(|_| IdentityError::Peer(PeerError::Unreadable))?;
        if parsed.subject_public_key_info().as_ref() != key.public().to_spki() {
            return Err(IdentityError::OtherKey.into());
        }
        Ok(Self { key, certificate })
    }

    /// Writes `authority.pem` into an existing folder, at once or not at all, with the mode 0600.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        pem::save(&folder.join(FILE), &self.to_pem())
    }

    /// Reads what [`Authority::save`] wrote.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        pem::load(&folder.join(FILE), Self::from_pem)
    }
}

/// The authority's subject follows from its key: it needs no parser to be
/// written again as the issuer, and two clusters' authorities are never confused.
fn authority_params(key: &PrivateKey) -> CertificateParams {
    let digest = blake3::hash(key.public().as_bytes()).to_hex();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("bubbles {}", &digest[..16]));
    // It signs peers and no further authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn dates(validity: Validity) -> Result<(OffsetDateTime, OffsetDateTime), IssueError> {
    let from = date(validity.from);
    let until = date(validity.until);
    match (from, until) {
        (Some(from), Some(until)) if from < until => Ok((from, until)),
        _ => Err(IssueError::Validity(validity)),
    }
}

/// To the second, as certificates have no less. The years before 1970 have no use here.
fn date(moment: SystemTime) -> Option<OffsetDateTime> {
    let seconds = moment.duration_since(UNIX_EPOCH).ok()?.as_secs();
    OffsetDateTime::from_unix_timestamp(seconds.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::PeerIdentity;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn authority(seed: u8) -> Authority {
        Authority::new(PrivateKey::from_seed([seed; 32]), year()).unwrap()
    }

    fn year() -> Validity {
        Validity::starting(now(), Duration::from_secs(365 * 86_400))
    }

    fn name() -> PeerName {
        "worker-1".parse().unwrap()
    }

    #[test]
    fn a_certificate_says_what_the_authority_was_told() {
        let key = PrivateKey::from_seed([2; 32]);
        for role in Role::ALL {
            let made = authority(1).issue(&name(), role, year(), &key.public());
            let made = made.unwrap();
            let peer = PeerIdentity::of_certificate(made.der()).unwrap();
            assert_eq!((peer.name, peer.role), (name(), role));
            assert_eq!(peer.fingerprint, made.fingerprint());
        }
    }

    #[test]
    fn it_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let first = authority(1);
        assert!(matches!(
            Authority::load(folder.path()),
            Err(LoadError::Absent { .. })
        ));
        first.save(folder.path()).unwrap();
        let again = Authority::load(folder.path()).unwrap();
        assert_eq!(again.fingerprint(), first.fingerprint());
        let key = PrivateKey::from_seed([2; 32]);
        let one = first.issue(&name(), Role::Node, year(), &key.public());
        let other = again.issue(&name(), Role::Node, year(), &key.public());
        assert_eq!(one.unwrap(), other.unwrap());
    }

    #[test]
    fn an_identity_is_saved_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = PrivateKey::from_seed([2; 32]);
        let identity = authority(1).identity(&name(), Role::Node, year(), key);
        let identity = identity.unwrap();
        identity.save(folder.path()).unwrap();
        let again = Identity::load(folder.path()).unwrap();
        assert_eq!(again.peer(), identity.peer());
        assert_eq!(again.authority_fingerprint(), authority(1).fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let metadata = std::fs::metadata(folder.path().join("identity.pem")).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let key = PrivateKey::from_seed([2; 32]);
        let certificate = authority(1).issue(&name(), Role::Node, year(), &key.public());
        let certificate = certificate.unwrap();
        let with = |key: u8, authority: &Authority| {
            let key = PrivateKey::from_seed([key; 32]);
            Identity::new(key, certificate.clone(), authority.certificate().clone()).map(drop)
        };
        assert_eq!(with(2, &authority(1)), Ok(()));
        assert_eq!(with(3, &authority(1)), Err(IdentityError::OtherKey));
        assert_eq!(with(2, &authority(4)), Err(IdentityError::OtherAuthority));
        let pem = authority(1).to_pem();
        assert!(matches!(
            Identity::from_pem(&pem),
            Err(PemError::Parts { certificates: 2 })
        ));
    }

    #[test]
    fn a_validity_has_to_be_one() {
        let key = PrivateKey::from_seed([2; 32]).public();
        let hour = Duration::from_secs(3600);
        let far = now() + Duration::from_secs(1 << 42);
        let before = UNIX_EPOCH - hour;
        for (from, until) in [
            (now() + hour, now()),
            (now(), now()),
            (now(), far),
            (before, now()),
        ] {
            let made = authority(1).issue(&name(), Role::Read, Validity { from, until }, &key);
            assert!(matches!(made, Err(IssueError::Validity(_))), "{until:?}");
        }
    }
}
