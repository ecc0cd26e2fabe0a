//! Nodes that answer from a script, over real sockets with real certificates.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bubbles_node::wire::{
    Ask, Denial, Fetch, Haul, Join, Joined, Load, NodeStatus, PluginStatus, Put, Submission, Tell,
};
use bubbles_node::{JobId, JobPhase, JobReport, Outcome, Profile, Progress};
use bubbles_pipeline::NodeId;
use bubbles_transport::{
    Authority, Connection, Endpoint, EndpointConfig, Identity, Invitation, PrivateKey, Protocol,
    Revoked, Role, Seams, Stream, Validity,
};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::plugins::Components;
use super::{Cluster, ClusterChoice, Order};
use crate::Home;

/// For what is to come.
const SOON: Duration = Duration::from_secs(10);

/// A cluster's authority, and a home for who asks it.
pub(super) struct Lab {
    pub(super) authority: Authority,
    pub(super) home: Home,
    _folder: TempDir,
}

/// What a node does with a question, in this order; then it ends the stream.
pub(super) enum Act {
    Say(Tell),
    Bytes(&'static [u8]),
    /// Says nothing for so long.
    Pause(Duration),
    /// The whole node goes.
    Die,
}

type Script = dyn Fn(&Ask) -> Vec<Act> + Send + Sync;
type Doorkeeper = dyn Fn(&Join) -> Joined + Send + Sync;

/// A node that answers from a script.
pub(super) struct FakeNode {
    pub(super) name: String,
    pub(super) address: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    endpoint: Endpoint,
    script: Box<Script>,
    doorkeeper: Box<Doorkeeper>,
    asked: Mutex<Vec<Ask>>,
    /// What it has, and what it was brought.
    plugins: Mutex<BTreeMap<[u8; 32], Vec<u8>>>,
    /// It sends so much of a plugin, and then goes.
    sends_bytes: Mutex<Option<usize>>,
    /// From where on it was asked for plugins.
    offsets: Mutex<Vec<u64>>,
}

impl Lab {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            authority: Authority::new(PrivateKey::generate().unwrap(), an_hour()).unwrap(),
            home: Home::below(folder.path()),
            _folder: folder,
        }
    }

    pub(super) fn identity(&self, name: &str, role: Role) -> Identity {
        let (name, key) = (name.parse().unwrap(), PrivateKey::generate().unwrap());
        let identity = self.authority.identity(&name, role, an_hour(), key);
        identity.unwrap()
    }

    pub(super) fn profile(&self, addresses: &[&str]) -> Profile {
        Profile {
            identity: self.identity("ann-1", Role::Admin),
            addresses: addresses.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    /// As an admin who knows these nodes.
    pub(super) fn cluster(&self, addresses: &[&str]) -> Cluster {
        let folder = self.home.state.join("cluster");
        self.profile(addresses).save(&folder).unwrap();
        Cluster::open(&ClusterChoice::Profile(folder), &self.home).unwrap()
    }

    pub(super) fn token(&self, addresses: &[&str], lasting: Validity) -> Invitation {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|it| it.parse().unwrap()).collect();
        let (name, key) = ("t-1".parse().unwrap(), PrivateKey::generate().unwrap());
        Invitation::issue(&self.authority, &name, &addresses, lasting, &key).unwrap()
    }

    /// A node that answers questions.
    pub(super) fn node(
        &self,
        name: &str,
        script: impl Fn(&Ask) -> Vec<Act> + Send + Sync + 'static,
    ) -> FakeNode {
        self.node_with(name, script, |_| Joined::No(Denial::NoQuorum))
    }

    /// A node that lets people in.
    pub(super) fn door(
        &self,
        name: &str,
        doorkeeper: impl Fn(&Join) -> Joined + Send + Sync + 'static,
    ) -> FakeNode {
        self.node_with(name, |_| Vec::new(), doorkeeper)
    }

    fn node_with(
        &self,
        name: &str,
        script: impl Fn(&Ask) -> Vec<Act> + Send + Sync + 'static,
        doorkeeper: impl Fn(&Join) -> Joined + Send + Sync + 'static,
    ) -> FakeNode {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let identity = self.identity(name, Role::Node);
        let endpoint = runtime.block_on(async {
            Endpoint::bind(EndpointConfig {
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                identity: Some(identity),
                revoked: Revoked::default(),
                seams: Seams::system(),
            })
        });
        let endpoint = endpoint.unwrap();
        let address = endpoint.local_address().unwrap().to_string();
        let shared = Arc::new(Shared {
            endpoint,
            script: Box::new(script),
            doorkeeper: Box::new(doorkeeper),
            asked: Mutex::default(),
            plugins: Mutex::default(),
            sends_bytes: Mutex::default(),
            offsets: Mutex::default(),
        });
        runtime.spawn(Arc::clone(&shared).serve());
        FakeNode {
            name: name.to_owned(),
            address,
            shared,
            runtime: Some(runtime),
        }
    }
}

impl FakeNode {
    pub(super) fn asked(&self) -> MutexGuard<'_, Vec<Ask>> {
        self.shared.asked.lock().unwrap()
    }

    /// How often it was asked what this picks.
    pub(super) fn count(&self, pick: impl Fn(&Ask) -> bool) -> usize {
        self.asked().iter().filter(|ask| pick(ask)).count()
    }

    /// The ids of the jobs that it was given, in order.
    pub(super) fn submitted(&self) -> Vec<JobId> {
        let asked = self.asked();
        let jobs = asked.iter().filter_map(|ask| match ask {
            Ask::Submit(submission) => Some(submission.job.clone()),
            _ => None,
        });
        jobs.collect()
    }

    pub(super) fn plugins(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Vec<u8>>> {
        self.shared.plugins.lock().unwrap()
    }

    /// From where on it was asked for plugins, in order.
    pub(super) fn offsets(&self) -> Vec<u64> {
        self.shared.offsets.lock().unwrap().clone()
    }

    /// From now on it sends so much of a plugin, and then goes.
    pub(super) fn breaks_off_after(&self, bytes: usize) {
        *self.shared.sends_bytes.lock().unwrap() = Some(bytes);
    }

    pub(super) fn status(&self) -> NodeStatus {
        NodeStatus {
            id: NodeId(1),
            name: self.name.clone(),
            address: self.address.clone(),
            labels: Vec::new(),
            slots: 2,
            busy: 0,
            alive: true,
            draining: false,
            leader: false,
            trouble: None,
            voter: true,
        }
    }
}

impl Drop for FakeNode {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    async fn serve(self: Arc<Self>) {
        let mut connections = JoinSet::new();
        while let Some(connection) = self.endpoint.accept().await {
            connections.spawn(Arc::clone(&self).converse(connection));
        }
    }

    async fn converse(self: Arc<Self>, connection: Connection) {
        let mut streams = JoinSet::new();
        while let Ok(stream) = connection.accept().await {
            let shared = Arc::clone(&self);
            match connection.protocol() {
                Protocol::Control => streams.spawn(shared.answer(stream)),
                Protocol::Data => streams.spawn(shared.carry(stream)),
                Protocol::Join => streams.spawn(shared.let_in(stream)),
            };
        }
    }

    async fn answer(self: Arc<Self>, mut stream: Stream) {
        let Ok(ask) = stream.receive::<Ask>(SOON).await else {
            return;
        };
        let acts = (self.script)(&ask);
        self.asked.lock().unwrap().push(ask);
        for act in acts {
            match act {
                Act::Say(tell) => stream.send(&tell).await.unwrap_or_default(),
                Act::Bytes(bytes) => {
                    let bytes = Bytes::from_static(bytes);
                    stream.sending.send_bytes(bytes).await.unwrap_or_default();
                }
                Act::Pause(lasting) => tokio::time::sleep(lasting).await,
                Act::Die => self.die().await,
            }
        }
        stream.sending.finish().unwrap_or_default();
    }

    /// Gives what it said time to arrive.
    async fn die(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.endpoint.shutdown().await;
    }

    async fn let_in(self: Arc<Self>, mut stream: Stream) {
        if let Ok(join) = stream.receive::<Join>(SOON).await {
            let joined = (self.doorkeeper)(&join);
            stream.send(&joined).await.unwrap_or_default();
            stream.sending.finish().unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn carry(self: Arc<Self>, mut stream: Stream) {
        match stream.receive::<Haul>(SOON).await {
            Ok(Haul::Put(Put::Plugin { digest, size_bytes })) => {
                stream.send(&Load::Ready).await.unwrap();
                let mut component = Vec::new();
                while let Some(piece) = stream.receiving.receive_bytes(9999, SOON).await.unwrap() {
                    component.extend_from_slice(&piece);
                }
                assert_eq!(component.len() as u64, size_bytes);
                assert_eq!(*blake3::hash(&component).as_bytes(), digest);
                self.plugins.lock().unwrap().insert(digest, component);
                stream.send(&Load::Done).await.unwrap();
            }
            Ok(Haul::Fetch(Fetch::Plugin { digest, offset })) => {
                self.offsets.lock().unwrap().push(offset);
                let component = self.plugins.lock().unwrap().get(&digest).cloned();
                let Some(component) = component else {
                    stream.send(&Load::Gone).await.unwrap();
                    stream.sending.finish().unwrap();
                    return;
                };
                let left = component[usize::try_from(offset).unwrap()..].to_vec();
                let total = component.len() as u64;
                let head = Load::Bytes {
                    left: left.len() as u64,
                    total,
                };
                stream.send(&head).await.unwrap();
                let limit = *self.sends_bytes.lock().unwrap();
                let sent = left.len().min(limit.unwrap_or(usize::MAX));
                let piece = Bytes::copy_from_slice(&left[..sent]);
                stream.sending.send_bytes(piece).await.unwrap();
                if limit.is_some() {
                    self.die().await;
                }
            }
            other => panic!("unexpected: {other:?}"),
        }
        stream.sending.finish().unwrap_or_default();
        // The asker closes the connection.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(super) fn an_hour() -> Validity {
    Validity::starting(SystemTime::now(), Duration::from_secs(3600))
}

/// A socket that takes everything and says nothing.
pub(super) fn silence() -> (std::net::UdpSocket, String) {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

/// A single answer.
pub(super) fn say(tell: Tell) -> Vec<Act> {
    vec![Act::Say(tell)]
}

/// A no.
pub(super) fn no(denial: Denial) -> Vec<Act> {
    say(Tell::No(denial))
}

pub(super) fn elsewhere(address: &str) -> Vec<Act> {
    no(Denial::NotLeader {
        address: Some(address.to_owned()),
    })
}

pub(super) fn not_found(what: &str) -> Vec<Act> {
    no(Denial::NotFound {
        what: what.to_owned(),
        name: "x".to_owned(),
    })
}

pub(super) fn running() -> Act {
    Act::Say(Tell::Progress(Progress {
        phase: JobPhase::Running,
        stages: Vec::new(),
        waiting: None,
    }))
}

pub(super) fn ended(job: &JobId, outcome: Outcome) -> Act {
    Act::Say(Tell::Report(Box::new(JobReport {
        job: job.0.clone(),
        pipeline: "x".to_owned(),
        outcome,
        elapsed_seconds: 1.0,
        splits_done: 0,
        splits: 0,
        tasks: Vec::new(),
        node: Some("n1".to_owned()),
        rejects: None,
        log: None,
    })))
}

/// What a leader with nothing to object says to what goes ahead of a watch.
pub(super) fn agrees(ask: &Ask) -> Vec<Act> {
    match ask {
        Ask::Lacks(_) => say(Tell::Missing(Vec::new())),
        Ask::Submit(_) | Ask::Cancel(_) => say(Tell::Done),
        Ask::Nodes => say(Tell::Nodes(Vec::new())),
        other => panic!("unexpected: {other:?}"),
    }
}

pub(super) fn order(job: &str, components: Components) -> Order {
    let pipeline = bubbles_pipeline::Pipeline::builder("x", "/");
    let spec = |kind, plugin: &str| {
        bubbles_pipeline::TaskSpec::new(plugin.to_owned(), kind, plugin.to_owned())
    };
    let pipeline = pipeline
        .task(spec(bubbles_pipeline::Kind::Extract, "csv"))
        .task(spec(bubbles_pipeline::Kind::Load, "jsonl"));
    let submission = Submission {
        job: JobId(job.to_owned()),
        pipeline: pipeline.build().unwrap(),
        descriptions: Vec::new(),
        plugins: components.keys().copied().collect(),
        bookmarks: "b".to_owned(),
        submitted_ms: 1,
    };
    Order::of_parts(submission, components)
}

/// A plugin of the catalogue, with any bytes.
pub(super) fn deployed(component: &[u8], held_by: &[&str]) -> PluginStatus {
    PluginStatus {
        name: "late".to_owned(),
        version: "1.0.0".to_owned(),
        digest: *blake3::hash(component).as_bytes(),
        size_bytes: component.len() as u64,
        held_by: held_by.iter().map(|&it| it.to_owned()).collect(),
    }
}
