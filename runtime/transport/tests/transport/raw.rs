//! A client that is made of quinn alone and keeps to none of our rules.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bubbles_transport::Identity;
use quinn::crypto::rustls::QuicClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

pub(crate) struct Client {
    pub(crate) endpoint: quinn::Endpoint,
    config: quinn::ClientConfig,
}

impl Client {
    /// One that shows this identity, or none, and says that it speaks `alpn`.
    pub(crate) fn new(identity: Option<&Identity>, alpn: &str) -> Self {
        let provider = Arc::new(ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider)));
        let mut tls = match identity {
            Some(identity) => {
                let (chain, key) = parts(identity);
                tls.with_client_auth_cert(chain, key).unwrap()
            }
            None => tls.with_no_client_auth(),
        };
        tls.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let mut config =
            quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
        let mut transport = quinn::TransportConfig::default();
        // Of a crowd, many packets are lost. The first ones come again soon; whoever loses the
        // answer that ends it has no other way to learn it than to wait.
        transport.initial_rtt(Duration::from_millis(100));
        let idle = Duration::from_secs(5).try_into().unwrap();
        transport.max_idle_timeout(Some(idle));
        config.transport_config(Arc::new(transport));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            endpoint: quinn::Endpoint::client(address).unwrap(),
            config,
        }
    }

    /// As far as the client's own handshake goes: the server may refuse it yet.
    pub(crate) async fn connect(
        &self,
        to: SocketAddr,
    ) -> Result<quinn::Connection, quinn::ConnectionError> {
        let connecting = self
            .endpoint
            .connect_with(self.config.clone(), to, "node.bubbles");
        connecting.unwrap().await
    }

    /// Until the server has let it in.
    pub(crate) async fn enter(&self, to: SocketAddr) -> quinn::Connection {
        let connection = self.connect(to).await.unwrap();
        connection.accept_uni().await.unwrap();
        connection
    }
}

pub(crate) fn parts(identity: &Identity) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let pem = identity.to_pem();
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    (chain.collect(), key)
}

/// Believes every server.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unreachable!("QUIC has TLS 1.3")
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
