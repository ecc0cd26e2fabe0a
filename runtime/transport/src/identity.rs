//! What a node or a person is known by: a key, its certificate, the authority's certificate.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use thiserror::Error;
use webpki::EndEntityCert;

use crate::certificate::{Certificate, Fingerprint};
use crate::key::PrivateKey;
use crate::peer::{PeerError, PeerIdentity};
use crate::pem::{self, LoadError, PemError, SaveError};

/// The file in the folder that an identity is saved to.
const FILE: &str = "identity.pem";

/// A private key with the certificate that says whose it is, and the certificate
/// of the authority that all peers are to have theirs from.
#[derive(Debug, Clone)]
pub struct Identity {
    key: PrivateKey,
    certificate: Certificate,
    authority: Certificate,
    peer: PeerIdentity,
}

/// Parts that do not make an identity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// The certificate does not say who.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The certificate is of another key.
    #[error("the certificate belongs to another key")]
    OtherKey,
    /// The certificate is from another authority.
    #[error("the certificate is from another authority")]
    OtherAuthority,
}

impl Identity {
    /// Puts an identity together from what a joiner is sent and the key that it
    /// kept. The parts have to belong together; that the authority is the right
    /// one is for the caller to see to, by [`Identity::authority`].
    pub fn new(
        key: PrivateKey,
        certificate: Certificate,
        authority: Certificate,
    ) -> Result<Self, IdentityError> {
        let peer = PeerIdentity::of_certificate(certificate.der())?;
        let own_der = CertificateDer::from(certificate.der());
        let authority_der = CertificateDer::from(authority.der());
        let own = EndEntityCert::try_from(&own_der).map_err(|_| PeerError::Unreadable)?;
        let issuer = EndEntityCert::try_from(&authority_der).map_err(|_| PeerError::Unreadable)?;
        if own.subject_public_key_info().as_ref() != key.public().to_spki() {
            return Err(IdentityError::OtherKey);
        }
        if own.issuer() != issuer.subject() {
            return Err(IdentityError::OtherAuthority);
        }
        Ok(Self {
            key,
            certificate,
            authority,
            peer,
        })
    }

    /// Whom others see.
    pub fn peer(&self) -> &PeerIdentity {
        &self.peer
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The authority's certificate, which a node hands on to who joins.
    pub fn authority(&self) -> &Certificate {
        &self.authority
    }

    /// What an invitation names the authority by.
    pub fn authority_fingerprint(&self) -> Fingerprint {
        self.authority.fingerprint()
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The key, the certificate and the authority's certificate, in this order.
    pub fn to_pem(&self) -> String {
        pem::write(&self.key, &[&self.certificate, &self.authority])
    }

    /// Reads what [`Identity::to_pem`] wrote.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let (key, [certificate, authority]) = pem::read(text)?;
        Ok(Self::new(key, certificate, authority)?)
    }

    /// Writes `identity.pem` into an existing folder, at once or not at all, with the mode 0600.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        pem::save(&folder.join(FILE), &self.to_pem())
    }

    /// Reads what [`Identity::save`] wrote.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        pem::load(&folder.join(FILE), Self::from_pem)
    }
}
