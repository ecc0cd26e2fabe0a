//! An invitation: one line of text that lets its bearer ask to be let in.
//!
//! It holds where to ask, the fingerprint of the only authority to believe, and a
//! short-lived certificate with its key, so that joining too is mutual TLS and
//! there is no port that speaks to strangers. Whoever holds the text can use it:
//! it is a secret until it is used or has expired. That it is used only once is
//! for the log to see to, by [`Invitation::fingerprint`].

pub(crate) mod text;

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub use self::text::TokenError;
use crate::authority::{Authority, IssueError, Validity};
use crate::certificate::{Certificate, Fingerprint};
use crate::key::PrivateKey;
use crate::peer::{PeerName, Role};

/// Most addresses that an invitation names: with one node out of eight there
/// someone is let in, and a longer text does not fit a line that people copy.
pub const MAX_ADDRESSES: usize = 8;

/// An invitation to a cluster.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    addresses: Vec<SocketAddr>,
    authority: Fingerprint,
    until_s: u64,
    seed: [u8; 32],
    certificate: Certificate,
}

impl Invitation {
    /// Makes an invitation that is good until `validity` ends. `name` stands in
    /// its certificate, for the log to say whose invitation was used; of
    /// `addresses` the first eight are taken.
    pub fn issue(
        authority: &Authority,
        name: &PeerName,
        addresses: &[SocketAddr],
        validity: Validity,
        key: &PrivateKey,
    ) -> Result<Self, IssueError> {
        let certificate = authority.issue(name, Role::Join, validity, &key.public())?;
        let until = validity.until.duration_since(UNIX_EPOCH);
        Ok(Self {
            addresses: addresses.iter().copied().take(MAX_ADDRESSES).collect(),
            authority: authority.fingerprint(),
            until_s: until.unwrap_or_default().as_secs(),
            seed: *key.seed(),
            certificate,
        })
    }

    /// Reads the text, as it was given or broken over lines.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let body = text::read(text)?;
        let read = postcard::take_from_bytes(&body);
        match read {
            Ok((invitation, [])) => Ok(invitation),
            _ => Err(TokenError::Unreadable),
        }
    }

    /// The text: `bubbles-` and about 600 characters of base64url. A secret.
    pub fn to_text(&self) -> String {
        let body = postcard::to_stdvec(self).expect("no part of it can fail to be written");
        text::write(&body)
    }

    /// Where to ask.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The only authority that its bearer is to believe.
    pub fn authority(&self) -> Fingerprint {
        self.authority
    }

    /// What the log marks as used.
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }

    /// Until when it is good, to tell a late bearer; the nodes check the certificate itself.
    pub fn until(&self) -> SystemTime {
        let lasting = Duration::from_secs(self.until_s);
        UNIX_EPOCH.checked_add(lasting).unwrap_or(UNIX_EPOCH)
    }

    pub(crate) fn key(&self) -> PrivateKey {
        PrivateKey::from_seed(self.seed)
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Without the key.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("addresses", &self.addresses)
            .field("authority", &self.authority)
            .field("until_s", &self.until_s)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invitation(addresses: &[SocketAddr], seed: u8) -> Invitation {
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let validity = Validity::starting(now, Duration::from_secs(3600));
        let authority = Authority::new(PrivateKey::from_seed([1; 32]), validity).unwrap();
        let key = PrivateKey::from_seed([seed; 32]);
        let name = "ticket-1".parse().unwrap();
        Invitation::issue(&authority, &name, addresses, validity, &key).unwrap()
    }

    fn sample() -> Invitation {
        invitation(&["10.0.0.1:4433".parse().unwrap()], 7)
    }

    proptest! {
        #[test]
        fn is_read_as_it_was_written(
            addresses in prop::collection::vec(any::<SocketAddr>(), 0..12), seed: u8,
        ) {
            // What a v6 address has beside its digits is of the machine it was read on.
            let plain = |address: SocketAddr| SocketAddr::new(address.ip(), address.port());
            let addresses: Vec<_> = addresses.into_iter().map(plain).collect();
            let made = invitation(&addresses, seed);
            prop_assert!(made.addresses().len() <= MAX_ADDRESSES);
            prop_assert_eq!(Invitation::parse(&made.to_text()), Ok(made));
        }

        #[test]
        fn a_changed_character_is_told(at: prop::sample::Index, to in "[A-Za-z0-9_-]") {
            let text = sample().to_text();
            let at = text::PREFIX.len() + at.index(text.len() - text::PREFIX.len());
            let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
            let read = Invitation::parse(&changed);
            // The last character has bits that stand for nothing.
            if changed != text && at + 1 < text.len() {
                prop_assert_eq!(read, Err(TokenError::Typo));
            } else {
                prop_assert!(read.is_ok() || read == Err(TokenError::Typo));
            }
        }

        #[test]
        fn a_missing_end_is_told(keep: prop::sample::Index) {
            let text = sample().to_text();
            let keep = text::PREFIX.len() + keep.index(text.len() - text::PREFIX.len());
            let read = Invitation::parse(&text[..keep]);
            prop_assert_eq!(read, Err(TokenError::CutOff));
        }

        #[test]
        fn nothing_makes_it_panic(text: String, tail in "[A-Za-z0-9_-]{0,80}") {
            prop_assert!(Invitation::parse(&text).is_err());
            let known = format!("{}{tail}", text::PREFIX);
            prop_assert!(Invitation::parse(&known).is_err());
        }
    }

    #[test]
    fn it_fits_a_few_lines() {
        let length = sample().to_text().len();
        assert!(length < 700, "{length} characters");
    }

    #[test]
    fn line_breaks_do_no_harm() {
        let text = sample().to_text();
        let broken = format!("  {}\n  {}\r\n", &text[..80], &text[80..]);
        assert_eq!(Invitation::parse(&broken), Ok(sample()));
    }

    #[test]
    fn its_debug_keeps_the_secret() {
        let shown = format!("{:?}", sample());
        assert!(
            !shown.contains("seed") && !shown.contains("7, 7, 7"),
            "{shown}"
        );
    }
}
