//! Mutual TLS 1.3: who is believed, checked before a byte of a peer's own is read.

use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    RootCertStore, SignatureScheme,
};

use crate::certificate::{Certificate, Fingerprint};
use crate::identity::Identity;
use crate::key::PrivateKey;
use crate::peer::PeerIdentity;
use crate::protocol::Protocol;
use crate::revoked::Revoked;

/// How a client knows the authority.
#[derive(Debug, Clone)]
pub(crate) enum Anchor {
    /// It has its certificate.
    Known(Certificate),
    /// It has its fingerprint, from an invitation, and takes the certificate from the server.
    Named(Fingerprint),
}

/// What a client shows, and whom it believes.
pub(crate) struct ClientSide<'a> {
    pub(crate) key: &'a PrivateKey,
    pub(crate) certificate: &'a Certificate,
    pub(crate) anchor: Anchor,
    pub(crate) revoked: &'a Revoked,
    pub(crate) clock: Arc<dyn TimeProvider>,
}

/// For a node that others connect to. All protocols are offered: which of them
/// this client may speak is the gate's question.
pub(crate) fn server(
    identity: &Identity,
    revoked: &Revoked,
    clock: Arc<dyn TimeProvider>,
) -> Result<QuicServerConfig, Error> {
    let provider = provider();
    let roots = Arc::new(roots(&identity.authority().to_rustls())?);
    let chain = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
        .build()
        .map_err(unusable_anchor)?;
    let verifier = ClientVerifier {
        chain,
        revoked: revoked.clone(),
        provider: provider.clone(),
    };
    let mut config = rustls::ServerConfig::builder_with_details(provider, clock)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(
            // The authority's certificate goes along: who holds an invitation has only its fingerprint.
            vec![
                identity.certificate().to_rustls(),
                identity.authority().to_rustls(),
            ],
            PrivateKeyDer::from(identity.key().to_pkcs8()),
        )?;
    let names = Protocol::ALL.map(|protocol| protocol.alpn().as_bytes().to_vec());
    config.alpn_protocols = names.to_vec();
    // A resumed session is not verified again: someone revoked would come back by it.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    // What comes before the handshake ends can be sent again by anyone who saw it.
    config.max_early_data_size = 0;
    quic_server(config)
}

/// For a connection to a node.
pub(crate) fn client(side: ClientSide<'_>, protocol: Protocol) -> Result<QuicClientConfig, Error> {
    let verifier = NodeVerifier {
        anchor: side.anchor,
        revoked: side.revoked.clone(),
        provider: provider(),
    };
    let mut config = rustls::ClientConfig::builder_with_details(provider(), side.clock)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(
            vec![side.certificate.to_rustls()],
            PrivateKeyDer::from(side.key.to_pkcs8()),
        )?;
    config.alpn_protocols = vec![protocol.alpn().as_bytes().to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    QuicClientConfig::try_from(config).map_err(|_| no_quic_cipher())
}

fn quic_server(config: rustls::ServerConfig) -> Result<QuicServerConfig, Error> {
    QuicServerConfig::try_from(config).map_err(|_| no_quic_cipher())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn no_quic_cipher() -> Error {
    PeerIncompatible::NoCipherSuitesInCommon.into()
}

fn unusable_anchor(_: VerifierBuilderError) -> Error {
    CertificateError::BadEncoding.into()
}

fn roots(authority: &CertificateDer<'_>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone().into_owned())?;
    Ok(roots)
}

/// Someone whose certificate is in order may still be no one, or no longer welcome.
fn check_holder(certificate: &CertificateDer<'_>, revoked: &Revoked) -> Result<(), Error> {
    let peer = PeerIdentity::of_certificate(certificate)
        .map_err(|_| CertificateError::ApplicationVerificationFailure)?;
    if revoked.contains(peer.fingerprint) {
        return Err(CertificateError::Revoked.into());
    }
    Ok(())
}

/// What a node asks of those who connect.
#[derive(Debug)]
struct ClientVerifier {
    chain: Arc<dyn ClientCertVerifier>,
    revoked: Revoked,
    provider: Arc<CryptoProvider>,
}

/// What a client asks of the node that it connects to.
#[derive(Debug)]
struct NodeVerifier {
    anchor: Anchor,
    revoked: Revoked,
    provider: Arc<CryptoProvider>,
}

impl NodeVerifier {
    /// The authority's certificate: the own one, or the one among those sent that has the right fingerprint.
    fn authority(&self, sent: &[CertificateDer<'_>]) -> Result<CertificateDer<'static>, Error> {
        match &self.anchor {
            Anchor::Known(certificate) => Ok(certificate.to_rustls()),
            Anchor::Named(fingerprint) => sent
                .iter()
                .find(|certificate| Fingerprint::of(certificate) == *fingerprint)
                .map(|certificate| certificate.clone().into_owned())
                .ok_or_else(|| CertificateError::UnknownIssuer.into()),
        }
    }
}

/// How a signature of the handshake is checked: both sides' traits ask for it in the same words.
macro_rules! check_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(PeerIncompatible::Tls12NotOffered.into())
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls13_signature(message, cert, dss, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            let algorithms = &self.provider.signature_verification_algorithms;
            algorithms.supported_schemes()
        }
    };
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self
            .chain
            .verify_client_cert(end_entity, intermediates, now)?;
        check_holder(end_entity, &self.revoked)?;
        Ok(verified)
    }

    check_signatures!();
}

impl ServerCertVerifier for NodeVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let roots = Arc::new(roots(&self.authority(intermediates)?)?);
        let verified = WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone())
            .build()
            .map_err(unusable_anchor)?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        check_holder(end_entity, &self.revoked)?;
        Ok(verified)
    }

    check_signatures!();
}
