//! A node, started and shut down.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bubbles_cluster::{Counts, JobId, JobSpec, Log};
use bubbles_engine::{Engine, EngineConfig, EngineError};
use bubbles_pipeline::{NodeId, Pipeline, Task};
use thiserror::Error;
use tokio::runtime::Runtime;

use crate::agreement::Agreement;
use crate::job::Board;
use crate::leader::{Event, Hand, Leader, Member, Submission};
use crate::order::{OrderId, ToWorker};
use crate::plugins::Shelf;
use crate::prepare::{self, InspectError};
use crate::state_folder::{PipelineKey, StateFolder};
use crate::store::{ChunkStore, StoreConfig, StoreError};
use crate::worker::{Worker, Workshop};
use crate::{Job, NodeConfig, PluginInfo, PrepareError, Prepared};

/// The only node there is.
const ME: NodeId = NodeId(1);

/// A node of a cluster of one, in this process.
///
/// Dropping it cancels its jobs, waits until what they prepared is removed, and
/// ends its threads.
pub struct Node {
    engine: Engine,
    shelf: Shelf,
    state: StateFolder,
    slots: usize,
    events: Sender<Event>,
    leader: Option<JoinHandle<()>>,
    /// For what an instance waits for: object stores, sockets, timers.
    runtime: Option<Runtime>,
}

/// Why a node does not start, or a job does not.
#[derive(Debug, Error)]
pub enum NodeError {
    /// A folder cannot be used.
    #[error("cannot use the folder {}: {source}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The chunk store does not start.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// The system gives no more threads.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// The chunk store's folder cannot be used.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct StoreFailure(StoreError);

impl Node {
    /// Starts its threads and opens its folders.
    ///
    /// # Errors
    /// A folder that cannot be used, a machine that cannot run the engine.
    pub fn start(config: &NodeConfig) -> Result<Self, NodeError> {
        let state = StateFolder::open(&config.state).map_err(|source| NodeError::Folder {
            folder: config.state.clone(),
            source,
        })?;
        let store = ChunkStore::new(StoreConfig {
            memory_bytes: config.memory_bytes,
            disk: config.scratch.clone(),
            disk_bytes: None,
        })
        .map_err(StoreFailure)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("io")
            .enable_all()
            .build()
            .map_err(NodeError::Thread)?;
        let engine = Engine::new(EngineConfig {
            cache: Some(config.cache.clone()),
            compiler: None,
            slots: config.slots,
            runtime: runtime.handle().clone(),
        })?;
        let (events, inbox) = mpsc::channel();
        let slots = config.slots.max(1);
        let shelf = Shelf::default();
        let workshop = Workshop {
            me: ME,
            name: "here".to_owned(),
            engine: engine.clone(),
            store,
            state: state.clone(),
            shelf: shelf.clone(),
            reach: None,
            runtime: runtime.handle().clone(),
        };
        let told = events.clone();
        let report = Box::new(move |message| {
            // A leader that is gone has ended its jobs.
            told.send(Event::Worker(ME, 0, message)).ok();
        });
        let worker = Worker::start(slots, workshop, report).map_err(NodeError::Thread)?;
        let member = Member {
            slots: u32::try_from(worker.slots()).unwrap_or(u32::MAX),
            hand: Box::new(Here(Arc::new(worker))),
            connection: 0,
            labels: None,
        };
        let log = Agreement::Alone {
            log: Log::new(),
            folder: state.clone(),
        };
        let mut leader = Leader::new(log, 0, Arc::default());
        events
            .send(Event::Joined(ME, member, Box::default()))
            .expect("its receiver is here");
        let leader = std::thread::Builder::new()
            .name("leader".to_owned())
            .spawn(move || leader.run(&inbox))
            .map_err(NodeError::Thread)?;
        Ok(Self {
            engine,
            shelf,
            state,
            slots,
            events,
            leader: Some(leader),
            runtime: Some(runtime),
        })
    }

    /// Looks into a plugin.
    ///
    /// # Errors
    /// What keeps it from being loaded, or from describing itself.
    pub fn inspect(&self, wasm: &[u8]) -> Result<PluginInfo, InspectError> {
        prepare::inspect(&self.engine, wasm).map(|(_, info)| info)
    }

    /// Prepares a job: loads its plugins, checks all that can be checked, makes the
    /// plan. `supplied` has, for each task, the bytes of a plugin given by path.
    ///
    /// # Errors
    /// What is wrong with the pipeline, a plugin or a grant.
    pub fn prepare(
        &self,
        pipeline: Pipeline,
        supplied: &[Option<Vec<u8>>],
    ) -> Result<Prepared, PrepareError> {
        prepare::prepare(&self.engine, &self.shelf, pipeline, supplied, self.slots)
    }

    /// As [`Node::prepare`], for a job that other machines run: what this one lacks, such as a
    /// variable that a task is granted, does not matter.
    ///
    /// # Errors
    /// What is wrong with the pipeline or a plugin.
    pub fn prepare_for_others(
        &self,
        pipeline: Pipeline,
        supplied: &[Option<Vec<u8>>],
    ) -> Result<Prepared, PrepareError> {
        prepare::fit(&self.engine, pipeline, supplied, self.slots).map(|(prepared, _)| prepared)
    }

    /// Starts a job and returns at once.
    ///
    /// # Errors
    /// The job's folder cannot be made.
    pub fn run(&self, prepared: Prepared) -> Result<Job, NodeError> {
        let id = new_job_id();
        let folder = self
            .state
            .new_job(&id.0)
            .map_err(|source| NodeError::Folder {
                folder: PathBuf::from(&id.0),
                source,
            })?;
        let Prepared {
            pipeline,
            plan,
            plugins,
            digests,
        } = prepared;
        let bookmarks = PipelineKey::new(pipeline.base(), pipeline.name());
        let described = |task: &Task, info: &PluginInfo| {
            let of_kind = info.descriptions.iter().find(|it| it.kind == task.kind);
            of_kind.is_some_and(|description| description.deterministic)
        };
        let tasks = pipeline.tasks().iter().zip(&plugins);
        let spec = JobSpec {
            deterministic: tasks.map(|(task, info)| described(task, info)).collect(),
            plugins: digests,
            pipeline,
            plan,
            bookmarks: bookmarks.text().to_owned(),
            submitted_ms: since_1970().as_millis() as u64,
        };
        let board = Arc::new(Board::new(folder));
        let submission = Submission {
            job: id.clone(),
            spec,
            board: Some(Arc::clone(&board)),
            agreed: None,
        };
        self.events
            .send(Event::Submit(Box::new(submission)))
            .expect("the leader lives as long as its node");
        Ok(Job::new(id, board, self.events.clone()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.events.send(Event::Shutdown).ok();
        if let Some(leader) = self.leader.take() {
            // A leader that panicked has said so on standard error.
            leader.join().ok();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The worker of the leader's own process.
pub(crate) struct Here(pub(crate) Arc<Worker>);

impl Hand for Here {
    fn say(&self, message: ToWorker) {
        self.0.take(message);
    }

    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        Some(self.0.progress())
    }
}

pub(crate) fn since_1970() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

/// A name that sorts by time and that no other process makes.
fn new_job_id() -> JobId {
    let since = since_1970();
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&since.as_nanos().to_le_bytes())
        .update(&std::process::id().to_le_bytes());
    let tail = &hasher.finalize().to_hex()[..6];
    JobId(format!("{:x}-{tail}", since.as_millis()))
}
