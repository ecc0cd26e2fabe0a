//! A network in memory that can be cut, and replicas on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bubbles_pipeline::NodeId;
use futures_util::future::{BoxFuture, select_all};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::replica::message::{Request, decode};
use crate::{Link, LinkError, Member, OpenError, Replica, ReplicaConfig, Status, Timing};

/// Far longer than anything takes on a busy machine; a test that waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Who reaches whom, and what was lost on the way.
#[derive(Default)]
pub(super) struct Net {
    replicas: Mutex<BTreeMap<NodeId, Weak<Replica>>>,
    cut: Mutex<BTreeSet<NodeId>>,
    lost: AtomicU64,
    pieces: AtomicU64,
}

impl Net {
    /// Cuts a node off from all others, both ways.
    pub(super) fn cut_off(&self, node: NodeId) {
        self.cut.lock().unwrap().insert(node);
    }

    pub(super) fn heal(&self) {
        self.cut.lock().unwrap().clear();
    }

    /// Messages that the cuts have swallowed.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Pieces of snapshots that went over it.
    pub(super) fn pieces(&self) -> u64 {
        self.pieces.load(Ordering::Relaxed)
    }

    fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        let cut = self.cut.lock().unwrap();
        cut.contains(&from) || cut.contains(&to)
    }

    fn replica(&self, id: NodeId) -> Option<Arc<Replica>> {
        self.replicas.lock().unwrap().get(&id)?.upgrade()
    }
}

struct Wire {
    net: Arc<Net>,
    from: NodeId,
}

impl Wire {
    /// What is swallowed is missed only when the deadline passes.
    async fn pass(&self, peer: NodeId, deadline: Instant) -> Result<(), LinkError> {
        if self.net.is_cut(self.from, peer) {
            self.net.lost.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep_until(deadline).await;
            return Err(LinkError::Timeout);
        }
        Ok(())
    }
}

impl Link for Wire {
    fn call(
        &self,
        peer: NodeId,
        member: Member,
        request: Vec<u8>,
        within: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, LinkError>> {
        Box::pin(async move {
            assert_eq!(member, self::member(peer));
            let deadline = Instant::now() + within;
            self.pass(peer, deadline).await?;
            if matches!(decode(&request), Ok(Request::Piece(_))) {
                self.net.pieces.fetch_add(1, Ordering::Relaxed);
            }
            let gone = || LinkError::Unreachable(format!("node {} is gone", peer.0));
            let replica = self.net.replica(peer).ok_or_else(gone)?;
            let answer = timeout(within, replica.answer(&request)).await;
            let answer = answer.map_err(|_| LinkError::Timeout)?;
            self.pass(peer, deadline).await?;
            answer.map_err(|error| LinkError::Unreachable(error.to_string()))
        })
    }
}

pub(super) fn member(id: NodeId) -> Member {
    Member {
        name: format!("node-{}", id.0),
        address: format!("memory:{}", id.0),
    }
}

/// Replicas, their folders and the network between them.
pub(super) struct Cluster {
    pub(super) net: Arc<Net>,
    folders: TempDir,
    pub(super) replicas: BTreeMap<NodeId, Arc<Replica>>,
    pub(super) snapshot_every: u64,
}

impl Cluster {
    /// So many voters, with a leader.
    pub(super) async fn start(voters: u64, snapshot_every: u64) -> Self {
        let (net, folders) = (Arc::default(), tempfile::tempdir().unwrap());
        let mut cluster = Self {
            net,
            folders,
            replicas: BTreeMap::new(),
            snapshot_every,
        };
        for id in 1..=voters {
            cluster.open(NodeId(id)).await;
        }
        let first = Arc::clone(&cluster.replicas[&NodeId(1)]);
        first.initialize(member(NodeId(1))).await.unwrap();
        until(&first, |status| status.is_leader).await;
        for id in (2..=voters).map(NodeId) {
            first.add_learner(id, member(id)).await.unwrap();
        }
        first
            .set_voters((1..=voters).map(NodeId).collect())
            .await
            .unwrap();
        cluster
    }

    pub(super) fn folder(&self, id: NodeId) -> PathBuf {
        self.folders.path().join(id.0.to_string())
    }

    /// Opens a node's folder, once whoever had it open has let go.
    pub(super) async fn open(&mut self, id: NodeId) {
        let start = Instant::now();
        let replica = loop {
            let link = Arc::new(Wire {
                net: Arc::clone(&self.net),
                from: id,
            });
            match Replica::open(config(id, &self.folder(id), self.snapshot_every), link).await {
                Err(OpenError::Locked) if start.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(5)).await;
                }
                opened => break Arc::new(opened.unwrap()),
            }
        };
        self.net
            .replicas
            .lock()
            .unwrap()
            .insert(id, Arc::downgrade(&replica));
        self.replicas.insert(id, replica);
    }

    /// The node that leads now, confirmed by a majority.
    pub(super) async fn leader(&self) -> Arc<Replica> {
        let find = async {
            let mut watches: Vec<_> = self.replicas.values().map(|one| one.watch()).collect();
            loop {
                for replica in self.replicas.values() {
                    if replica.status().is_leader && replica.confirm_leader().await.is_ok() {
                        return Arc::clone(replica);
                    }
                }
                let changes = watches.iter_mut().map(|watch| Box::pin(watch.changed()));
                drop(select_all(changes).await);
            }
        };
        timeout(PATIENCE, find).await.expect("nobody leads")
    }

    /// All other nodes.
    pub(super) fn others(&self, than: NodeId) -> impl Iterator<Item = (&NodeId, &Arc<Replica>)> {
        self.replicas.iter().filter(move |(id, _)| **id != than)
    }

    /// Waits until every node has applied what this one has, and they agree.
    pub(super) async fn agree_with(&self, one: &Replica) {
        let applied = one.status().applied;
        let state = one.read(Clone::clone);
        for replica in self.replicas.values() {
            until(replica, |status| status.applied >= applied).await;
            assert_eq!(replica.read(Clone::clone), state);
        }
    }
}

pub(super) fn config(id: NodeId, folder: &Path, snapshot_every: u64) -> ReplicaConfig {
    let timing = Timing {
        heartbeat: Duration::from_millis(100),
        election: Duration::from_millis(500)..Duration::from_millis(1000),
        pre_vote: true,
    };
    ReplicaConfig {
        timing,
        snapshot_every,
        ..ReplicaConfig::new(id, folder)
    }
}

/// A link for a node that has nobody to talk to.
pub(super) fn alone(id: NodeId) -> Arc<dyn Link> {
    Arc::new(Wire {
        net: Arc::default(),
        from: id,
    })
}

/// Waits for a status.
pub(super) async fn until(replica: &Replica, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut watch = replica.watch();
    let waiting = timeout(PATIENCE, watch.wait(wanted)).await;
    waiting
        .unwrap_or_else(|_| panic!("in vain: {:?}", replica.status()))
        .unwrap()
}
