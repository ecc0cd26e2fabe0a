//! A peer made of quinn alone, which keeps to none of our rules; and certificates for it.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::network::Place;
use bubbles_transport::{Authority, Closed, Identity, PrivateKey, Refusal, Role, Validity};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::runtime::Runtime;

const HOUR: Duration = Duration::from_secs(3600);

/// Runs peers.
pub(crate) fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

/// The authority of a cluster, as any of its nodes has it.
pub(crate) fn authority(cluster: &Cluster) -> Authority {
    Authority::load(&cluster.nodes[0].data()).unwrap()
}

/// Another one.
pub(crate) fn foreign_authority() -> Authority {
    Authority::new(PrivateKey::generate().unwrap(), now_for_an_hour()).unwrap()
}

pub(crate) fn now_for_an_hour() -> Validity {
    Validity::starting(SystemTime::now(), HOUR)
}

/// Good from so many hours from now on, for an hour.
pub(crate) fn an_hour(from: i32) -> Validity {
    let now = SystemTime::now();
    let from = match from < 0 {
        true => now - HOUR * from.unsigned_abs(),
        false => now + HOUR * from.unsigned_abs(),
    };
    Validity {
        from,
        until: from + HOUR,
    }
}

/// Somebody with a certificate.
pub(crate) fn identity(
    authority: &Authority,
    name: &str,
    role: Role,
    validity: Validity,
) -> Identity {
    let key = PrivateKey::generate().unwrap();
    let name = name.parse().unwrap();
    authority.identity(&name, role, validity, key).unwrap()
}

/// A peer where people are.
pub(crate) struct Peer {
    endpoint: quinn::Endpoint,
    config: quinn::ClientConfig,
}

impl Peer {
    /// One that shows this identity, or none, and says that it speaks `alpn`. To be called within a
    /// runtime.
    pub(crate) fn new(cluster: &Cluster, identity: Option<&Identity>, alpn: &str) -> Self {
        let provider = Arc::new(ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider)));
        let mut tls = match identity {
            Some(identity) => {
                let pem = identity.to_pem();
                let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap);
                let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
                tls.with_client_auth_cert(chain.collect(), key).unwrap()
            }
            None => tls.with_no_client_auth(),
        };
        tls.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let tls = QuicClientConfig::try_from(tls).unwrap();
        let network = &cluster.network;
        let here = SocketAddr::new(network.address(Place::PEOPLE), 0);
        let socket = network.within(Place::PEOPLE, || UdpSocket::bind(here));
        let (settings, runtime) = (quinn::EndpointConfig::default(), quinn::TokioRuntime);
        let endpoint = quinn::Endpoint::new(settings, None, socket.unwrap(), Arc::new(runtime));
        Self {
            endpoint: endpoint.unwrap(),
            config: quinn::ClientConfig::new(Arc::new(tls)),
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

/// Why the other side ended a connection, if it did.
pub(crate) fn refusal(ended: quinn::ConnectionError) -> Option<Refusal> {
    match Closed::from(ended) {
        Closed::ByPeer { refusal, .. } => Some(refusal),
        _ => None,
    }
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
