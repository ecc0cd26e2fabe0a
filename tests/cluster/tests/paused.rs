//! A node that stands still for longer than its lease, and then goes on as if nothing had happened.

use std::thread;
use std::time::Duration;

use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running, busy};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[(
    "what_a_paused_node_finished_is_refused_when_it_comes_back",
    Needs::Nothing,
    refused,
)];

const WORKER: usize = 3;
const PAUSE: Duration = Duration::from_secs(15);

fn refused() {
    let mut cluster = setting::cluster(4, 2);
    let before = receipts_refused(&cluster);
    // The second stage has more than enough for the others to be at while the worker stands still,
    // so that its receipts come to a job that still runs.
    let plan = Plan {
        partition_ms: vec![3_000],
        parallelism: 48,
        ..Plan::new(8, 0)
    };
    let mut job = Running::start(&cluster, &cluster.admin, plan, "paused");
    busy(&cluster, WORKER, 2);
    // Both attempts are in the rest that each takes before it writes: it is over when they wake.
    thread::sleep(Duration::from_millis(500));
    cluster.nodes[WORKER].pause().unwrap();
    thread::sleep(PAUSE);
    assert!(job.is_running(), "the job ended before the node came back");
    cluster.nodes[WORKER].resume().unwrap();
    job.exact();
    let refused = receipts_refused(&cluster) - before;
    assert!(refused > 0.0, "no receipt was refused");
    cluster.ready(WORKER, Duration::from_secs(10)).unwrap();
}

/// As all nodes together say.
fn receipts_refused(cluster: &Cluster) -> f64 {
    let of = |node: &bubbles_cluster_tests::node::Node| {
        // A node that never led may have none to tell of.
        node.metric(&cluster.network, cli::RECEIPTS_REFUSED)
            .unwrap_or(0.0)
    };
    cluster.nodes.iter().map(of).sum()
}
