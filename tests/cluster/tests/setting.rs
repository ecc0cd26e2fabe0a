//! A cluster with a job in it that runs.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::client::Client;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::{Job, Plan};
use bubbles_cluster_tests::network::Place;
use bubbles_cluster_tests::node::Node;
use bubbles_cluster_tests::process::{Ended, Process};
use bubbles_cluster_tests::wait::until;

/// No job of these tests takes so long, with all that is done to it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Within this time after a job has ended nothing of it is in staging.
const SWEPT: Duration = Duration::from_secs(15);

/// Nodes that have run a job before: what is measured then is no compiler.
pub(crate) fn cluster(nodes: u8, slots: u32) -> Cluster {
    cluster_with(nodes, slots, Ok)
}

/// The same of nodes that `change` has changed before they start.
pub(crate) fn cluster_with(
    nodes: u8,
    slots: u32,
    change: impl FnMut(Node) -> io::Result<Node>,
) -> Cluster {
    let cluster = Cluster::start_with(nodes, slots, change);
    let cluster = cluster.unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan {
        parallelism: u32::from(nodes) * slots,
        ..Plan::new(u32::from(nodes) * slots * 2, 100)
    };
    Running::start(&cluster, &cluster.admin, plan, "warm").exact();
    cluster
}

/// A job, and the client that waits for it.
pub(crate) struct Running {
    job: Job,
    client: Process,
    started: Instant,
}

impl Running {
    /// Lets a client run a job of this plan.
    pub(crate) fn start(cluster: &Cluster, client: &Client, plan: Plan, name: &str) -> Self {
        let folder = cluster.folder().join("jobs");
        let job = plan.write(cluster.programs(), &folder, name).unwrap();
        let started = Instant::now();
        let words = cli::run(&job.pipeline);
        let client = client.start(&cluster.network, Place::PEOPLE, words);
        Self {
            job,
            client: client.unwrap(),
            started,
        }
    }

    /// Where its output will be.
    pub(crate) fn output(&self) -> &Path {
        &self.job.output
    }

    /// Whether its client still waits.
    pub(crate) fn is_running(&mut self) -> bool {
        self.client.is_running()
    }

    /// Its client must end well, and its output must be exact.
    #[track_caller]
    pub(crate) fn exact(self) -> Ended {
        let ended = self.client.finish(self.started, PATIENCE).unwrap();
        assert_eq!(ended.code, Some(0), "{ended}");
        let verdict = self.job.settled(SWEPT).unwrap();
        assert!(verdict.is_exact(), "{verdict}\n{ended}");
        assert_eq!(verdict.rows, self.job.rows());
        ended
    }
}

/// Waits until a node runs so many attempts.
#[track_caller]
pub(crate) fn busy(cluster: &Cluster, node: usize, attempts: u32) {
    let look = || {
        let running = cluster.nodes[node].metric(&cluster.network, cli::ATTEMPTS_RUNNING);
        running
            .is_ok_and(|it| it >= f64::from(attempts))
            .then_some(())
    };
    let name = &cluster.nodes[node].name;
    let what = format!("{name} runs {attempts} attempts");
    until(&what, Duration::from_secs(20), look).unwrap();
}

/// Waits until so many splits of a job are complete.
#[track_caller]
pub(crate) fn complete(cluster: &Cluster, pipeline: &str, splits: u64) {
    let look = || {
        let job = cluster.job(pipeline).ok()??;
        (job.splits_done >= splits).then_some(())
    };
    let what = format!("{splits} splits of {pipeline} are complete");
    until(&what, Duration::from_secs(30), look).unwrap();
}
