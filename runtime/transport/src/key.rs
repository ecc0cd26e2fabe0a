//! Keys: Ed25519 and nothing else, so that a key is 32 bytes and fits a token.

use std::fmt;

use rcgen::{PKCS_ED25519, SignatureAlgorithm};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What stands before the seed in PKCS #8 (RFC 8410, section 7), version 1: `openssl genpkey` writes the same.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What stands before the key in a SubjectPublicKeyInfo (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A private key. Shown nowhere: its `Debug` says only that it is one.
#[derive(Clone)]
pub struct PrivateKey {
    seed: [u8; 32],
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The system gave no random bytes.
    #[error("the system has no random bytes to make a key of")]
    Randomness,
    /// A key of another algorithm, or in another encoding.
    #[error("the private key is not an Ed25519 key in PKCS #8, version 1")]
    Unsupported,
}

impl PrivateKey {
    /// A new key from the system's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        let provider = rustls::crypto::ring::default_provider();
        let filled = provider.secure_random.fill(&mut seed);
        filled.map_err(|_| KeyError::Randomness)?;
        Ok(Self { seed })
    }

    /// The key of a seed: for who brings the randomness, as a simulation does.
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let pair = self.pair();
        let raw = rcgen::PublicKeyData::der_bytes(&pair);
        PublicKey(raw.try_into().expect("an Ed25519 public key is 32 bytes"))
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub(crate) fn pair(&self) -> rcgen::KeyPair {
        rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&self.to_pkcs8(), &PKCS_ED25519)
            .expect("any 32 bytes are a seed, and the encoding is made here")
    }

    pub(crate) fn to_pkcs8(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from([&PKCS8_PREFIX[..], &self.seed].concat())
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let seed = der.strip_prefix(&PKCS8_PREFIX);
        let seed = seed.and_then(|seed| seed.try_into().ok());
        Ok(Self {
            seed: seed.ok_or(KeyError::Unsupported)?,
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// A public key: all that a joiner sends to be given a certificate. What else a
/// signing request could hold, the names above all, is the authority's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The raw Ed25519 key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn to_spki(self) -> Vec<u8> {
        [&SPKI_PREFIX[..], &self.0].concat()
    }
}

/// A public key as rcgen wants it.
pub(crate) struct Subject(pub(crate) PublicKey);

impl rcgen::PublicKeyData for Subject {
    fn der_bytes(&self) -> &[u8] {
        &self.0.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_seed() {
        let key = PrivateKey::from_seed([7; 32]);
        let again = PrivateKey::from_pkcs8(key.to_pkcs8().secret_pkcs8_der()).unwrap();
        assert_eq!(again.seed(), key.seed());
        assert_eq!(again.public(), key.public());
        assert_ne!(PrivateKey::from_seed([8; 32]).public(), key.public());
        assert_eq!(format!("{key:?}"), "PrivateKey");
    }

    #[test]
    fn other_encodings_are_refused() {
        let der = PrivateKey::from_seed([7; 32]).to_pkcs8();
        let der = der.secret_pkcs8_der();
        for other in [&der[1..], &der[..47], &[]] {
            assert!(matches!(
                PrivateKey::from_pkcs8(other),
                Err(KeyError::Unsupported)
            ));
        }
    }

    #[test]
    fn spki_is_what_rcgen_writes() {
        let public = PrivateKey::from_seed([7; 32]).public();
        let theirs = rcgen::PublicKeyData::subject_public_key_info(&Subject(public));
        assert_eq!(public.to_spki(), theirs);
    }
}
