//! A member of a cluster: a worker that reports to whoever leads, a replica of the log, and a
//! leader whenever it is elected.
//!
//! | | |
//! |---|---|
//! | `begin`, `folder` | how a node becomes one, and remembers it |
//! | `peers`, `book`, `link` | connections to others, where they are, the log's messages |
//! | `lead`, `worker_stream` | leading, and the workers of other nodes |
//! | `attach` | this node's worker and its leader |
//! | `haul` | chunks, rejects and plugins on their way |
//! | `serve`, `answers` | who connects, and what is asked |

mod answers;
mod attach;
mod begin;
mod book;
mod clock;
mod folder;
mod haul;
mod lead;
mod link;
mod peers;
mod serve;
mod shared;
mod worker_stream;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bubbles_cluster::{Decision, Fingerprint, InitializeClusterError, Replica, ReplicaConfig};
use bubbles_engine::{Compiler, Engine, EngineConfig};
use bubbles_pipeline::Label;
use bubbles_transport::{Endpoint, EndpointConfig, Invitation, PeerName, Revoked, Seams};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::metrics::{self, JobState};
use crate::order::FromWorker;
use crate::plugins::{self, PluginFolder, Shelf};
use crate::state_folder::StateFolder;
use crate::store::{ChunkStore, StoreConfig};
use crate::worker::{Worker, Workshop};
use book::Book;
use clock::Clock;
use folder::DataFolder;
use haul::Puller;
use link::PeersLink;
use peers::Peers;
use shared::Shared;

/// How long running attempts may take to finish once a node is told to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(60);

/// What a node sends before it goes has so long to arrive.
const BYE_WITHIN: Duration = Duration::from_millis(300);

/// Between two looks at whom not to believe any more.
const REVOKED_EVERY: Duration = Duration::from_millis(500);

/// How long a plugin that nobody wants stays loaded.
const PLUGIN_KEPT: Duration = Duration::from_secs(60);

/// Uploads of plugins at a time.
const UPLOADS: usize = 2;

/// What a node of a cluster is started with.
#[derive(Clone, Debug)]
pub struct MemberConfig {
    /// What people call it. Once it has joined, its data folder knows better.
    pub name: PeerName,
    /// Where it keeps what must outlive it.
    pub data: PathBuf,
    /// Where chunks go that do not fit into memory.
    pub scratch: PathBuf,
    /// Where compiled plugins are kept.
    pub cache: PathBuf,
    /// What compiles plugins, as a process of its own. None: this process does.
    pub compiler: Option<Compiler>,
    /// Where it listens (UDP).
    pub listen: SocketAddr,
    /// Where other nodes and people reach it: `host:port`.
    pub advertise: String,
    /// What `on` may call it.
    pub labels: BTreeSet<Label>,
    /// How many attempts it runs at once.
    pub slots: usize,
    /// Bytes of chunks kept in memory before they go to `scratch`.
    pub memory_bytes: u64,
    /// Lets it into a cluster; needed once. With none it makes a cluster.
    pub join: Option<Invitation>,
}

/// Why a node of a cluster does not start.
#[derive(Debug, Error)]
pub enum MemberError {
    /// A folder cannot be used.
    #[error("cannot use the folder {}: {source}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the data folder is not as it was written.
    #[error(
        "{} is damaged: restore it, or start with an empty data folder and a new token",
        path.display()
    )]
    Broken {
        /// Which.
        path: PathBuf,
    },
    /// Keys and certificates.
    #[error("the node's identity: {0}")]
    Identity(String),
    /// The address cannot be had.
    #[error("{0}")]
    Bind(String),
    /// No node let it in.
    #[error("cannot join at {address}: {text}")]
    Join {
        /// Where it asked.
        address: SocketAddr,
        /// What came of it.
        text: String,
    },
    /// The cluster does not want it.
    #[error("the cluster did not let this node in: {0}")]
    Refused(String),
    /// The log cannot be used.
    #[error("the log: {0}")]
    Log(String),
    /// The machine cannot run guests, or gives no threads.
    #[error("{0}")]
    Machine(String),
}

impl MemberError {
    fn identity(error: impl ToString) -> Self {
        Self::Identity(error.to_string())
    }

    fn machine(error: impl ToString) -> Self {
        Self::Machine(error.to_string())
    }
}

/// A leader whose voters have been silent for so long is not ready. They answer a few times a second.
const QUORUM_SILENT: Duration = Duration::from_secs(3);

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// Whether it takes work.
    pub ready: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Who leads, if it is known.
    pub leader: Option<String>,
    /// Whether that is this node.
    pub is_leader: bool,
    /// The newest term it has heard of.
    pub term: u64,
    /// How many nodes vote.
    pub voters: u32,
    /// Nodes that live, as far as a leader knows; 0 on the others.
    pub nodes_alive: u32,
    /// Attempts that it runs at once.
    pub slots: u32,
    /// Attempts that it runs now.
    pub busy: u32,
    /// Jobs that run, as far as a leader knows; 0 on the others.
    pub jobs_running: u32,
    /// Whether it is about to go.
    pub draining: bool,
}

/// A node of a cluster that runs. Dropped, it stops as a killed process would.
pub struct Member {
    shared: Arc<Shared>,
    endpoint: Arc<Endpoint>,
    outbox: UnboundedSender<FromWorker>,
    welcome: Option<String>,
    /// Everything that it does beside its slots.
    tasks: JoinSet<()>,
}

/// Looks at a node that runs. Cheap to clone.
#[derive(Clone)]
pub struct MemberHandle(Arc<Shared>);

impl Member {
    /// Starts a node: the one that its data folder knows, or a new one, which makes a cluster or
    /// joins one.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub async fn start(config: MemberConfig) -> Result<Self, MemberError> {
        Self::start_in(config, Seams::system()).await
    }

    /// The same in a world that is passed in.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub async fn start_in(config: MemberConfig, seams: Seams) -> Result<Self, MemberError> {
        let clock = Clock::of(&seams);
        let folder = DataFolder::open(&config.data)?;
        let (mut membership, welcome, founds) = match folder.membership()? {
            Some(known) => (known, None, false),
            None => match &config.join {
                Some(invitation) => {
                    let joined = begin::join(&folder, &config.name, invitation, &seams).await?;
                    (joined, Some("joined the cluster".to_owned()), false)
                }
                None => {
                    let made = begin::found(&folder, &config.name, &config.advertise, &clock)?;
                    (made, Some(founded(&folder)), true)
                }
            },
        };
        let age = folder.identity_age();
        if let Some(renewed) = begin::renewed(&membership, age, &clock)? {
            membership.identity = renewed;
            folder.keep(&membership)?;
        }
        let revoked = Revoked::default();
        let endpoint = Endpoint::bind(EndpointConfig {
            address: config.listen,
            identity: Some(membership.identity.clone()),
            revoked: revoked.clone(),
            seams,
        })
        .map_err(|error| MemberError::Bind(with_causes(&error)))?;
        let endpoint = Arc::new(endpoint);
        let peers = Arc::new(Peers::new(Arc::clone(&endpoint)));
        let link = Arc::new(PeersLink(Arc::clone(&peers)));
        let replica = Replica::open(ReplicaConfig::new(membership.id, folder.root()), link).await;
        let replica = Arc::new(replica.map_err(|error| MemberError::Log(with_causes(&error)))?);
        // Made again where the process died between the folder and the log.
        if founds || membership.addresses == [config.advertise.clone()] {
            let member = bubbles_cluster::Member {
                name: membership.name.to_string(),
                address: config.advertise.clone(),
            };
            match replica.initialize(member).await {
                Ok(()) | Err(InitializeClusterError::Already) => {}
                Err(error) => return Err(MemberError::Log(with_causes(&error))),
            }
        }
        let (shared, outbox, told) = assemble(&config, &folder, membership, clock, replica, peers)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(serve::serve(Arc::clone(&shared), Arc::clone(&endpoint)));
        tasks.spawn(lead::keep_leading(Arc::clone(&shared)));
        tasks.spawn(attach::keep_attached(Arc::clone(&shared), told));
        let ahead = Arc::clone(&shared);
        // Not waited for at the end: what one process compiles, another will find in the cache.
        thread::Builder::new()
            .name("compile-ahead".to_owned())
            .spawn(move || plugins::compile_built_in(&ahead.engine, || ahead.is_draining()))
            .map_err(MemberError::machine)?;
        tasks.spawn(keep_up(
            Arc::clone(&shared),
            folder,
            revoked,
            Arc::clone(&endpoint),
        ));
        Ok(Self {
            shared,
            endpoint,
            outbox,
            welcome,
            tasks,
        })
    }

    /// Words for people, after the node has made a cluster or joined one.
    #[must_use]
    pub fn welcome(&self) -> Option<String> {
        self.welcome.clone()
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.handle().health()
    }

    /// To look at it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> MemberHandle {
        MemberHandle(Arc::clone(&self.shared))
    }

    /// Takes no more work, and waits until what runs has ended; for a minute at most.
    pub async fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
        self.outbox.send(FromWorker::Draining).ok();
        let deadline = Instant::now() + DRAIN_WITHIN;
        while !self.shared.worker.is_idle() && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Says that it goes, and stops: what was agreed is on the disk.
    pub async fn shutdown(mut self) {
        self.shared.leaving.store(true, Ordering::Relaxed);
        self.outbox.send(FromWorker::Bye).ok();
        sleep(BYE_WITHIN).await;
        self.tasks.shutdown().await;
        self.shared.replica.shutdown().await;
        self.endpoint.shutdown().await;
    }

    /// Waits until the node cannot go on, and says why: its log is broken.
    pub async fn stopped(&self) -> String {
        let mut watch = self.shared.replica.watch();
        let stopped = watch.wait(|status| status.stopped.is_some()).await;
        let cause = stopped.ok().and_then(|status| status.stopped);
        cause.map_or_else(|| "the log is gone".to_owned(), |cause| cause.to_string())
    }
}

impl MemberHandle {
    /// How the node is.
    #[must_use]
    pub fn health(&self) -> Health {
        let shared = &self.0;
        let status = shared.replica.status();
        let leading = shared.leading();
        let nodes = leading.as_ref().map(|leading| leading.window.nodes());
        let alive = nodes.map_or(0, |nodes| nodes.values().filter(|node| node.alive).count());
        let jobs = leading
            .as_ref()
            .map_or(0, |leading| leading.window.running());
        let draining = shared.is_draining();
        // A leader that is cut off goes on to think that it leads.
        let alone = status.is_leader && shared.replica.is_without_quorum(QUORUM_SILENT);
        let reason = match (&status.stopped, &status.leader, draining) {
            (Some(cause), ..) => Some(cause.to_string()),
            (None, None, _) => Some("no node leads the cluster".to_owned()),
            (None, Some(_), _) if alone => {
                Some("no quorum: fewer than half of the voters answer".to_owned())
            }
            (None, Some(_), true) => Some("the node is draining".to_owned()),
            (None, Some(_), false) => None,
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Health {
            name: shared.name.to_string(),
            ready: reason.is_none(),
            reason,
            leader: status.leader.map(|(_, member)| member.name),
            is_leader: leading.is_some() && !alone,
            term: status.term,
            voters: count(status.voters.len()),
            nodes_alive: count(alive),
            slots: shared.slots,
            busy: count(shared.worker.progress().len()),
            jobs_running: count(jobs),
            draining,
        }
    }
}

fn founded(folder: &DataFolder) -> String {
    let admin = folder.part("admin");
    let admin = admin.display();
    format!(
        "made a new cluster.\n\
         To use it from this machine:   export BUBBLES_CLUSTER={admin}\n\
         To let a node in:              bubbles token, then there: bubbles-node --join TOKEN\n\
         To use it from elsewhere:      bubbles token, then there: bubbles login TOKEN"
    )
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}

type Told = mpsc::UnboundedReceiver<FromWorker>;

/// Puts the parts of a node together, and starts its slots.
fn assemble(
    config: &MemberConfig,
    folder: &DataFolder,
    membership: folder::Membership,
    clock: Clock,
    replica: Arc<Replica>,
    peers: Arc<Peers>,
) -> Result<(Arc<Shared>, UnboundedSender<FromWorker>, Told), MemberError> {
    let in_folder = |name: &str| {
        let folder = folder.part(name);
        move |source| MemberError::Folder { folder, source }
    };
    let state = StateFolder::of_cluster(&folder.part("state")).map_err(in_folder("state"))?;
    let plugins = PluginFolder::open(folder.part("plugins")).map_err(in_folder("plugins"))?;
    let slots = config.slots.max(1);
    let (store, engine) = machinery(config, slots)?;
    let shelf = Shelf::with_folder(plugins.clone());
    let book = Book {
        me: membership.id,
        replica: Arc::clone(&replica),
    };
    let reach = Puller {
        peers: Arc::clone(&peers),
        book: book.clone(),
        runtime: Handle::current(),
    };
    let workshop = Workshop {
        me: membership.id,
        name: membership.name.to_string(),
        engine: engine.clone(),
        store: store.clone(),
        state: state.clone(),
        shelf: shelf.clone(),
        reach: Some(Arc::new(reach)),
        runtime: Handle::current(),
    };
    let (outbox, told) = mpsc::unbounded_channel();
    let tell = outbox.clone();
    // A node that shuts down hears no more.
    let report = Box::new(move |message| drop(tell.send(message)));
    let worker = Worker::start(slots, workshop, report).map_err(MemberError::machine)?;
    let certificate = membership.identity.certificate().fingerprint();
    let shared = Shared {
        me: membership.id,
        name: membership.name,
        address: config.advertise.clone(),
        labels: config.labels.clone(),
        slots: u32::try_from(slots).unwrap_or(u32::MAX),
        certificate: Fingerprint(*certificate.as_bytes()),
        authority: membership.authority,
        clock,
        replica,
        book,
        peers,
        engine,
        shelf,
        plugins,
        state,
        store,
        worker: Arc::new(worker),
        uploads: Semaphore::new(UPLOADS),
        copied: Mutex::default(),
        leading: watch::Sender::new(None),
        draining: AtomicBool::new(false),
        leaving: AtomicBool::new(false),
        connections: AtomicU64::new(0),
        addresses: membership.addresses,
    };
    Ok((Arc::new(shared), outbox, told))
}

/// Where its chunks are, and what runs its plugins.
fn machinery(config: &MemberConfig, slots: usize) -> Result<(ChunkStore, Engine), MemberError> {
    let store = ChunkStore::new(StoreConfig {
        memory_bytes: config.memory_bytes,
        disk: config.scratch.clone(),
        disk_bytes: None,
    });
    let engine = Engine::new(EngineConfig {
        cache: Some(config.cache.clone()),
        compiler: config.compiler.clone(),
        slots,
        runtime: Handle::current(),
    });
    Ok((
        store.map_err(MemberError::machine)?,
        engine.map_err(MemberError::machine)?,
    ))
}

fn count_jobs(shared: &Shared) {
    use JobState::{Aborting, Committing, Ended, Running};
    let mut counts = [0_u64; 4];
    shared.replica.read(|state| {
        for job in state.jobs().values() {
            let state = match (job.report.is_some(), job.decision) {
                (true, _) => Ended,
                (false, None) => Running,
                (false, Some(Decision::Commit)) => Committing,
                (false, Some(Decision::Abort)) => Aborting,
            };
            counts[state as usize] += 1;
        }
    });
    for state in [Running, Committing, Aborting, Ended] {
        metrics::jobs(state, counts[state as usize]);
    }
}

/// Keeps up with what is agreed: whom not to believe any more, and where nodes are.
async fn keep_up(
    shared: Arc<Shared>,
    folder: DataFolder,
    revoked: Revoked,
    endpoint: Arc<Endpoint>,
) {
    let mut known = BTreeSet::new();
    let mut addresses = Vec::new();
    let mut leader = None;
    loop {
        let now = shared.replica.status().leader.map(|(id, _)| id);
        if now.is_some() && now != leader {
            metrics::leader_changed();
            leader = now;
        }
        count_jobs(&shared);
        let usage = shared.store.usage();
        metrics::store_holds(usage.memory_bytes, usage.disk_bytes);
        shared.shelf.let_go(PLUGIN_KEPT);
        let agreed = shared
            .replica
            .read(|state| state.registry().revoked().clone());
        if agreed != known {
            let fingerprints = agreed
                .iter()
                .map(|it| bubbles_transport::Fingerprint::from(it.0));
            revoked.replace(fingerprints);
            endpoint.drop_revoked();
            known = agreed;
        }
        let mut now = shared.book.addresses();
        now.retain(|address| !address.is_empty());
        if now != addresses && !now.is_empty() {
            match folder.keep_addresses(&now) {
                Ok(()) => addresses = now,
                Err(error) => tracing::warn!(%error, "where nodes are is not kept"),
            }
        }
        sleep(REVOKED_EVERY).await;
    }
}
