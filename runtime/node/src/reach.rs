//! What a worker gets from other nodes. In a cluster of one there is none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bubbles_cluster::{JobId, Work};
use bubbles_pipeline::{ExchangeId, NodeId};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Receiver;

use crate::attempt::{Fault, LostInput};
use crate::store::{decompressed, unpack};

/// Between two looks at whether the attempt is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// The way to other nodes' stores.
pub(crate) trait Reach: Send + Sync {
    /// Begins to pull what lies there: block by block, as fast as they are taken.
    fn chunks(&self, place: &ChunkPlace) -> Receiver<Result<Arrived, PullError>>;

    /// The lines that an attempt put aside. Waits.
    fn rejects(
        &self,
        node: NodeId,
        job: &JobId,
        work: Work,
        attempt: u32,
    ) -> Result<Vec<u8>, PullError>;

    /// A plugin's component, from whoever has it. Waits.
    fn plugin(&self, digest: &[u8; 32]) -> Result<Vec<u8>, PullError>;
}

/// Where chunks lie.
#[derive(Clone, Debug)]
pub(crate) struct ChunkPlace {
    pub(crate) node: NodeId,
    pub(crate) job: JobId,
    pub(crate) exchange: ExchangeId,
    /// Whose output it is.
    pub(crate) work: Work,
    pub(crate) attempt: u32,
    /// For whom.
    pub(crate) partition: u32,
}

/// A block as it arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) packed: bool,
    pub(crate) compressed: bool,
    pub(crate) raw_bytes: usize,
    pub(crate) bytes: Bytes,
}

/// Why something did not come.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct PullError {
    /// It is there no longer, and will not be again.
    pub(crate) gone: bool,
    pub(crate) message: String,
}

/// What one producer stored on another node, while it is read.
pub(crate) struct Pull {
    reach: Arc<dyn Reach>,
    runtime: Handle,
    place: ChunkPlace,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    coming: Option<Receiver<Result<Arrived, PullError>>>,
    /// Small chunks that came in one block.
    packed: Bytes,
}

impl Pull {
    pub(crate) fn new(reach: Arc<dyn Reach>, runtime: Handle, place: ChunkPlace) -> Self {
        Self {
            reach,
            runtime,
            place,
            state: Mutex::default(),
        }
    }

    /// Asks for it, once.
    pub(crate) fn begin(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.coming.is_none() {
            state.coming = Some(self.reach.chunks(&self.place));
        }
    }

    /// The next chunk; none after the last. Waits as long as it is `wanted`.
    pub(crate) fn next(
        &self,
        wanted: &dyn Fn() -> Result<(), Fault>,
    ) -> Result<Option<Bytes>, Fault> {
        self.begin();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            wanted()?;
            if let Some(chunk) = unpack(&mut state.packed) {
                return Ok(Some(chunk));
            }
            let coming = state.coming.as_mut().expect("begun above");
            let waiting = async { tokio::time::timeout(LOOK, coming.recv()).await };
            let Ok(came) = self.runtime.block_on(waiting) else {
                continue;
            };
            let Some(came) = came else {
                return Ok(None);
            };
            let arrived = came.map_err(|error| self.lost(&error))?;
            let packed = arrived.packed;
            let bytes = self.raw(arrived)?;
            if !packed {
                return Ok(Some(bytes));
            }
            state.packed = bytes;
        }
    }

    fn raw(&self, arrived: Arrived) -> Result<Bytes, Fault> {
        if !arrived.compressed {
            return Ok(arrived.bytes);
        }
        let raw = decompressed(&arrived.bytes, arrived.raw_bytes);
        raw.map(Bytes::from).ok_or_else(|| {
            self.lost(&PullError {
                gone: true,
                message: "a block does not decompress".to_owned(),
            })
        })
    }

    fn lost(&self, error: &PullError) -> Fault {
        let lost = LostInput {
            work: self.place.work,
            gone: error.gone,
        };
        let message = format!(
            "what split {} stored on another node could not be had: {error}",
            self.place.work.split
        );
        Fault::lost_input(lost, message)
    }
}
