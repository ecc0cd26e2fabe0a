//! The transport: mutual TLS, a limit on everything, raw bytes on a data stream.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bubbles_transport::{Authority, Endpoint, EndpointConfig, Protocol, Revoked, Seams};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::{BLOCK, BLOCKS, authority, identity};

/// A reader that is never so late.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long all blocks take.
pub(super) async fn carry() -> Result<Duration> {
    let authority = authority()?;
    let (near, far) = (endpoint(&authority, "near")?, endpoint(&authority, "far")?);
    let address = far.local_address()?;
    let (there, here) = tokio::join!(near.connect(address, Protocol::Data), far.accept());
    let (there, here) = (there?, here.context("closed")?);
    let start = Instant::now();
    let mut sent = JoinSet::new();
    sent.spawn(async move {
        let mut stream = there.open().await?;
        let block = Bytes::from(vec![7; BLOCK]);
        for _ in 0..BLOCKS {
            stream.sending.send_bytes(block.clone()).await?;
        }
        stream.sending.finish()?;
        // Its end says that all has arrived.
        stream.receiving.receive_bytes(1, PATIENCE).await?;
        anyhow::Ok(())
    });
    let mut stream = here.accept().await?;
    let mut arrived = 0;
    while let Some(piece) = stream.receiving.receive_bytes(BLOCK, PATIENCE).await? {
        arrived += piece.len();
    }
    stream.sending.finish()?;
    sent.join_next().await.context("nothing was sent")???;
    let took = start.elapsed();
    ensure!(arrived == BLOCK * BLOCKS, "{arrived} bytes arrived");
    Ok(took)
}

fn endpoint(authority: &Authority, name: &str) -> Result<Endpoint> {
    Ok(Endpoint::bind(EndpointConfig {
        address: "127.0.0.1:0".parse()?,
        identity: Some(identity(authority, name)?),
        revoked: Revoked::default(),
        seams: Seams::system(),
    })?)
}
