//! `kill -9` for all nodes at once.

use std::thread;
use std::time::Duration;

use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[("all_are_killed_at_once", Needs::Nothing, killed)];

fn killed() {
    let mut cluster = setting::cluster(4, 2);
    let plan = Plan {
        partition_ms: vec![2_000, 3_000],
        parallelism: 8,
        ..Plan::new(32, 1_000)
    };
    let mut job = Running::start(&cluster, &cluster.admin, plan, "dark");
    let before = jobs(&cluster);
    // In the first stage, and again about where the second one is.
    for wait_ms in [2_000, 4_000] {
        thread::sleep(Duration::from_millis(wait_ms));
        assert!(job.is_running(), "the job ended before all were killed");
        cluster.kill_all().unwrap();
        let took = cluster.recover(Duration::from_secs(20)).unwrap();
        assert!(took < Duration::from_secs(10), "ready only after {took:?}");
    }
    job.exact();
    assert!(
        jobs(&cluster) >= before.max(2),
        "an acknowledged job is gone"
    );
}

/// How many jobs the cluster knows.
fn jobs(cluster: &Cluster) -> usize {
    let ended = cluster.admin.run(&cluster.network, cli::jobs()).unwrap();
    cli::count_jobs(&ended.stdout).unwrap_or_else(|| panic!("{ended}"))
}
