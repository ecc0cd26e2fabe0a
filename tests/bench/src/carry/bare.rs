//! quinn as it comes, with TLS 1.3 by the same library and its own limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::task::JoinSet;

use super::{BLOCK, BLOCKS};

/// A name that its certificate has.
const NAME: &str = "localhost";

/// How long all blocks take.
pub(super) async fn carry() -> Result<Duration> {
    let (server, client) = endpoints()?;
    let address = server.local_addr()?;
    let connecting = client.connect(address, NAME)?;
    let accepting = async { anyhow::Ok(server.accept().await.context("closed")?.await?) };
    let (there, here) = tokio::join!(connecting, accepting);
    let (there, here) = (there?, here?);
    let start = Instant::now();
    let mut sent = JoinSet::new();
    sent.spawn(async move {
        let (mut sending, mut receiving) = there.open_bi().await?;
        let block = Bytes::from(vec![7; BLOCK]);
        for _ in 0..BLOCKS {
            sending.write_chunk(block.clone()).await?;
        }
        sending.finish()?;
        receiving.read_chunk(1, true).await?;
        anyhow::Ok(())
    });
    let (mut sending, mut receiving) = here.accept_bi().await?;
    let mut arrived = 0;
    while let Some(piece) = receiving.read_chunk(BLOCK, true).await? {
        arrived += piece.bytes.len();
    }
    sending.finish()?;
    sent.join_next().await.context("nothing was sent")???;
    let took = start.elapsed();
    ensure!(arrived == BLOCK * BLOCKS, "{arrived} bytes arrived");
    Ok(took)
}

fn endpoints() -> Result<(quinn::Endpoint, quinn::Endpoint)> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec![NAME.to_owned()])?.self_signed(&key)?;
    let certificate = CertificateDer::from(certificate);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls13 = &[&rustls::version::TLS13];
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(tls13)?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    let server = QuicServerConfig::try_from(server)?;
    let server = quinn::ServerConfig::with_crypto(Arc::new(server));
    let server = quinn::Endpoint::server(server, "127.0.0.1:0".parse()?)?;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate)?;
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(tls13)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = QuicClientConfig::try_from(client)?;
    let mut endpoint = quinn::Endpoint::client("127.0.0.1:0".parse()?)?;
    endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(client)));
    Ok((server, endpoint))
}
