//! What this node gives others, and takes from them.

use bubbles_cluster::JobId;
use bubbles_pipeline::ExchangeId;
use bubbles_transport::{Connection, ReceiveError, SendError, Sending, Stream};
use bytes::Bytes;
use thiserror::Error;
use tokio::task::JoinError;

use super::{PLUGIN_BYTES, REJECT_BYTES, SILENCE};
use crate::member::shared::Shared;
use crate::metrics;
use crate::store::{Layout, Sealed, Shipped, StoreError};
use crate::wire::{BlockHead, Denial, Fetch, Haul, Load, Put, may};

/// Bytes that are handed to the transport at once.
const STEP_BYTES: usize = 1 << 20;

/// Blocks that are read from the store ahead of the network.
const BLOCKS_AHEAD: usize = 2;

/// Why a transfer ended early. Who asked sees that the stream is given up.
#[derive(Debug, Error)]
pub(in crate::member) enum HaulError {
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    #[error("rejects: {0}")]
    Rejects(#[from] crate::rejects::RejectError),
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// Answers one stream of a data connection.
pub(in crate::member) async fn serve(
    shared: &Shared,
    connection: &Connection,
    mut stream: Stream,
) -> Result<(), HaulError> {
    let haul: Haul = stream.receive(SILENCE).await?;
    let (needs, yours) = (haul.needs(), connection.peer().role);
    if !may(yours, needs) {
        let denial = Denial::Forbidden { needs, yours };
        stream.send(&Load::No(denial)).await?;
        return Ok(stream.sending.finish()?);
    }
    match haul {
        Haul::Fetch(Fetch::Chunks {
            job,
            exchange,
            split,
            attempt,
            partition,
        }) => {
            let worker = &shared.worker;
            let stored = worker.stored(&job, exchange, split, attempt, partition);
            let compress = !is_near(connection);
            let sent = send_chunks(&mut stream.sending, stored, compress, (&job, exchange)).await;
            if let Err(HaulError::Store(error @ StoreError::Corrupt { .. })) = &sent {
                tracing::warn!(%job, split, %error, "a stored chunk is damaged and is made again");
                worker.forget_stored(&job, exchange, split, attempt);
            }
            sent
        }
        Haul::Fetch(Fetch::Rejects { job, work, attempt }) => {
            let spool = shared.worker.rejects(&job, work, attempt);
            let lines = match spool {
                Some(spool) => {
                    let read = tokio::task::spawn_blocking(move || spool.lines(REJECT_BYTES));
                    Some(read.await??)
                }
                None => None,
            };
            send_bytes(&mut stream.sending, lines.map(Bytes::from), 0).await
        }
        Haul::Fetch(Fetch::Plugin { digest, offset }) => {
            let shelf = shared.shelf.clone();
            let read = tokio::task::spawn_blocking(move || shelf.component(&digest));
            let wasm = read.await?.map(Bytes::from);
            send_bytes(&mut stream.sending, wasm, offset).await
        }
        Haul::Put(Put::Plugin { digest, size_bytes }) => {
            take_plugin(shared, &mut stream, digest, size_bytes).await
        }
    }
}

/// On one machine compressing costs more time than it saves.
fn is_near(connection: &Connection) -> bool {
    let address = connection.remote_address();
    address.is_none_or(|address| address.ip().is_loopback())
}

/// Sends blocks as they lie in the store; reading goes on while the network is busy.
async fn send_chunks(
    sending: &mut Sending,
    stored: Option<Sealed>,
    compress: bool,
    (job, exchange): (&JobId, ExchangeId),
) -> Result<(), HaulError> {
    let Some(sealed) = stored else {
        tracing::debug!(%job, exchange = exchange.0, "chunks were asked for that are not here");
        sending.send(&Load::Gone).await?;
        return Ok(sending.finish()?);
    };
    sending
        .send(&Load::Blocks(sealed.blocks().len() as u64))
        .await?;
    let (read, mut blocks) = tokio::sync::mpsc::channel(BLOCKS_AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        for block in sealed.blocks() {
            // Who asked has gone: nobody reads on.
            if read.blocking_send(block.shipped(compress)).is_err() {
                return;
            }
        }
    });
    while let Some(block) = blocks.recv().await {
        send_block(sending, block?).await?;
    }
    reading.await?;
    Ok(sending.finish()?)
}

async fn send_block(sending: &mut Sending, block: Shipped) -> Result<(), HaulError> {
    let bytes = |len: usize| u32::try_from(len).expect("a chunk has 64 MiB at most");
    let head = BlockHead {
        packed: block.layout == Layout::Packed,
        compressed: block.compressed,
        stored_bytes: bytes(block.bytes.len()),
        raw_bytes: bytes(block.raw_len),
    };
    metrics::chunk_served(block.bytes.len() as u64);
    sending.send(&head).await?;
    Ok(sending.send_bytes(block.bytes).await?)
}

async fn send_bytes(
    sending: &mut Sending,
    bytes: Option<Bytes>,
    offset: u64,
) -> Result<(), HaulError> {
    let Some(mut bytes) = bytes else {
        sending.send(&Load::Gone).await?;
        return Ok(sending.finish()?);
    };
    let total = bytes.len() as u64;
    let skipped = usize::try_from(offset.min(total)).unwrap_or(usize::MAX);
    let mut left = bytes.split_off(skipped);
    let load = Load::Bytes {
        left: left.len() as u64,
        total,
    };
    sending.send(&load).await?;
    while !left.is_empty() {
        let step = left.split_to(left.len().min(STEP_BYTES));
        sending.send_bytes(step).await?;
    }
    Ok(sending.finish()?)
}

/// Takes a plugin that a person brings: kept if it is what its digest says.
async fn take_plugin(
    shared: &Shared,
    stream: &mut Stream,
    digest: [u8; 32],
    size_bytes: u64,
) -> Result<(), HaulError> {
    let answer = match put_plugin(shared, stream, digest, size_bytes).await {
        Ok(()) => Load::Done,
        Err(Refused::Haul(error)) => return Err(error),
        Err(Refused::Because(message)) => Load::No(Denial::Refused { message }),
    };
    stream.send(&answer).await?;
    Ok(stream.sending.finish()?)
}

enum Refused {
    Haul(HaulError),
    Because(String),
}

impl<E: Into<HaulError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Haul(error.into())
    }
}

async fn put_plugin(
    shared: &Shared,
    stream: &mut Stream,
    digest: [u8; 32],
    size_bytes: u64,
) -> Result<(), Refused> {
    if size_bytes > PLUGIN_BYTES {
        return Err(Refused::Because(format!(
            "the plugin has {size_bytes} bytes; {PLUGIN_BYTES} are the most"
        )));
    }
    // One at a time: whoever brings many at once brings them one after the other.
    let _permit = shared.uploads.acquire().await;
    stream.send(&Load::Ready).await?;
    let mut wasm = Vec::new();
    while (wasm.len() as u64) < size_bytes {
        let left = usize::try_from(size_bytes).unwrap_or(usize::MAX) - wasm.len();
        let piece = stream
            .receiving
            .receive_bytes(left.min(STEP_BYTES), SILENCE);
        match piece.await? {
            Some(piece) => wasm.extend_from_slice(&piece),
            None => return Err(Refused::Because("the plugin was cut off".to_owned())),
        }
    }
    let folder = shared.plugins.clone();
    let kept = tokio::task::spawn_blocking(move || {
        if blake3::hash(&wasm) != digest {
            return Err("the plugin is not what its digest says: bring it again".to_owned());
        }
        let kept = folder.write(&digest, &wasm);
        kept.map_err(|error| {
            format!(
                "the plugin cannot be kept in {}: {error}",
                folder.root().display()
            )
        })
    });
    kept.await?.map_err(Refused::Because)
}
