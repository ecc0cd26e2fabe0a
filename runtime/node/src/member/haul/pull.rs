//! What this node gets from others.

use std::sync::Arc;

use bubbles_cluster::{JobId, Work};
use bubbles_pipeline::NodeId;
use bubbles_transport::{Connection, Protocol, Receiving, Stream};
use bytes::{Bytes, BytesMut};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Duration, timeout};

use super::{BLOCK_BYTES, PLUGIN_BYTES, REJECT_BYTES, SILENCE};
use crate::member::book::Book;
use crate::member::peers::Peers;
use crate::metrics;
use crate::plugins::hex;
use crate::reach::{Arrived, ChunkPlace, PullError, Reach};
use crate::wire::{BlockHead, Fetch, Haul, Load};

/// Blocks of one producer that have arrived and wait to be read.
const BLOCKS_WAITING: usize = 2;

/// How long opening a way to a node may take before the pull counts as failed.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// How often a plugin is asked for again from where it broke off, of one node.
const RESUMED_MAX: u32 = 3;

/// Pulls from other nodes' stores.
pub(in crate::member) struct Puller {
    pub(in crate::member) peers: Arc<Peers>,
    pub(in crate::member) book: Book,
    pub(in crate::member) runtime: Handle,
}

impl Reach for Puller {
    fn chunks(&self, place: &ChunkPlace) -> Receiver<Result<Arrived, PullError>> {
        let (arrived, coming) = mpsc::channel(BLOCKS_WAITING);
        let (peers, book, place) = (Arc::clone(&self.peers), self.book.clone(), place.clone());
        // It ends with the receiver, which whoever reads drops.
        self.runtime.spawn(async move {
            let pulled = tokio::select! {
                pulled = pull_chunks(&peers, &book, &place, &arrived) => pulled,
                () = arrived.closed() => return,
            };
            if let Err(error) = pulled {
                arrived.send(Err(error)).await.ok();
            }
        });
        coming
    }

    fn rejects(
        &self,
        node: NodeId,
        job: &JobId,
        work: Work,
        attempt: u32,
    ) -> Result<Vec<u8>, PullError> {
        let fetch = Fetch::Rejects {
            job: job.clone(),
            work,
            attempt,
        };
        self.runtime.block_on(async {
            let connection = connection(&self.peers, &self.book, node).await?;
            let mut stream = ask(&connection, fetch).await?;
            let (left, _) = bytes_to_come(&mut stream).await?;
            let most = REJECT_BYTES as u64 + 1024;
            if left > most {
                return Err(broken("more rejects than a node sends"));
            }
            Ok(receive_all(&mut stream.receiving, left).await?.to_vec())
        })
    }

    fn plugin(&self, digest: &[u8; 32]) -> Result<Vec<u8>, PullError> {
        self.runtime.block_on(async {
            let mut said = PullError {
                gone: true,
                message: format!("no node has the plugin {}", hex(digest)),
            };
            for (node, _) in self.book.others() {
                match pull_plugin(&self.peers, &self.book, node, digest).await {
                    Ok(wasm) => return Ok(wasm),
                    Err(error) if error.gone => {}
                    Err(error) => said = error,
                }
            }
            Err(said)
        })
    }
}

/// A plugin from this node; a transfer that breaks off goes on where it was.
pub(in crate::member) async fn pull_plugin(
    peers: &Peers,
    book: &Book,
    node: NodeId,
    digest: &[u8; 32],
) -> Result<Vec<u8>, PullError> {
    let mut wasm = BytesMut::new();
    let mut resumed = 0;
    loop {
        let pulled = pull_rest(peers, book, node, digest, &mut wasm).await;
        match pulled {
            Ok(()) => break,
            Err(error) if error.gone || resumed == RESUMED_MAX => return Err(error),
            Err(_) => resumed += 1,
        }
    }
    if blake3::hash(&wasm) != *digest {
        return Err(broken("a plugin that is not what its digest says"));
    }
    metrics::plugin_fetched(wasm.len() as u64);
    Ok(wasm.to_vec())
}

async fn pull_rest(
    peers: &Peers,
    book: &Book,
    node: NodeId,
    digest: &[u8; 32],
    wasm: &mut BytesMut,
) -> Result<(), PullError> {
    let connection = connection(peers, book, node).await?;
    let fetch = Fetch::Plugin {
        digest: *digest,
        offset: wasm.len() as u64,
    };
    let mut stream = ask(&connection, fetch).await?;
    let (mut left, total) = bytes_to_come(&mut stream).await?;
    if total > PLUGIN_BYTES || left > total {
        return Err(broken("a plugin that is too large"));
    }
    while left > 0 {
        let piece = receive_some(&mut stream.receiving, left).await?;
        left -= piece.len() as u64;
        wasm.extend_from_slice(&piece);
    }
    Ok(())
}

async fn pull_chunks(
    peers: &Peers,
    book: &Book,
    place: &ChunkPlace,
    arrived: &Sender<Result<Arrived, PullError>>,
) -> Result<(), PullError> {
    let connection = connection(peers, book, place.node).await?;
    let fetch = Fetch::Chunks {
        job: place.job.clone(),
        exchange: place.exchange,
        split: place.work.split,
        attempt: place.attempt,
        partition: place.partition,
    };
    let mut stream = ask(&connection, fetch).await?;
    let blocks = match receive_load(&mut stream).await? {
        Load::Blocks(blocks) => blocks,
        Load::Gone => return Err(gone()),
        other => return Err(unexpected(&other)),
    };
    for _ in 0..blocks {
        let head: BlockHead = stream
            .receive(SILENCE)
            .await
            .map_err(|error| broken(&error.to_string()))?;
        let (stored, raw) = (head.stored_bytes as usize, head.raw_bytes as usize);
        if stored > BLOCK_BYTES || raw > BLOCK_BYTES || (!head.compressed && stored != raw) {
            return Err(broken("a block that no node sends"));
        }
        let bytes = receive_all(&mut stream.receiving, stored as u64).await?;
        metrics::chunk_fetched(stored as u64);
        let block = Arrived {
            packed: head.packed,
            compressed: head.compressed,
            raw_bytes: raw,
            bytes,
        };
        if arrived.send(Ok(block)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn connection(peers: &Peers, book: &Book, node: NodeId) -> Result<Connection, PullError> {
    let Some((name, address)) = book.place(node) else {
        return Err(PullError {
            gone: true,
            message: "the node is a member no longer".to_owned(),
        });
    };
    let connected = timeout(
        REACH_WITHIN,
        peers.connection(&name, &address, Protocol::Data),
    )
    .await;
    match connected {
        Ok(connected) => connected.map_err(|error| broken(&error.to_string())),
        Err(_) => Err(broken(&format!("node {name} does not answer"))),
    }
}

async fn ask(connection: &Connection, fetch: Fetch) -> Result<Stream, PullError> {
    let asked = async {
        let mut stream = connection.open().await.map_err(|error| error.to_string())?;
        let haul = Haul::Fetch(fetch);
        stream
            .send(&haul)
            .await
            .map_err(|error| error.to_string())?;
        stream.sending.finish().map_err(|error| error.to_string())?;
        Ok::<_, String>(stream)
    };
    let asked = timeout(SILENCE, asked).await;
    let asked = asked.unwrap_or_else(|_| Err("the node takes no question".to_owned()));
    asked.map_err(|error| broken(&error))
}

async fn receive_load(stream: &mut Stream) -> Result<Load, PullError> {
    let load = stream.receive(SILENCE).await;
    load.map_err(|error| broken(&error.to_string()))
}

async fn bytes_to_come(stream: &mut Stream) -> Result<(u64, u64), PullError> {
    match receive_load(stream).await? {
        Load::Bytes { left, total } => Ok((left, total)),
        Load::Gone => Err(gone()),
        other => Err(unexpected(&other)),
    }
}

async fn receive_some(receiving: &mut Receiving, left: u64) -> Result<Bytes, PullError> {
    let most = usize::try_from(left).unwrap_or(usize::MAX);
    let piece = receiving.receive_bytes(most, SILENCE).await;
    let piece = piece.map_err(|error| broken(&error.to_string()))?;
    piece.ok_or_else(|| broken("the transfer broke off"))
}

/// Exactly so many bytes. One piece that is all of it is not copied.
async fn receive_all(receiving: &mut Receiving, bytes: u64) -> Result<Bytes, PullError> {
    if bytes == 0 {
        return Ok(Bytes::new());
    }
    let first = receive_some(receiving, bytes).await?;
    if first.len() as u64 == bytes {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(usize::try_from(bytes).unwrap_or(usize::MAX));
    all.extend_from_slice(&first);
    while (all.len() as u64) < bytes {
        let piece = receive_some(receiving, bytes - all.len() as u64).await?;
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

fn broken(message: &str) -> PullError {
    PullError {
        gone: false,
        message: message.to_owned(),
    }
}

fn gone() -> PullError {
    PullError {
        gone: true,
        message: "the node has it no longer".to_owned(),
    }
}

fn unexpected(load: &Load) -> PullError {
    match load {
        Load::No(denial) => broken(&denial.to_string()),
        _ => broken("an answer that was not asked for"),
    }
}
