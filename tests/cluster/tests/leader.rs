//! `kill -9` for the leader.

use std::thread;
use std::time::Duration;

use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[("the_leader_is_killed", Needs::Nothing, killed)];

/// How soon there must be another, and what it takes to ask who it is.
const NEW_LEADER: Duration = Duration::from_millis(3_000 + 1_000);

fn killed() {
    let mut cluster = setting::cluster(3, 2);
    let plan = Plan {
        partition_ms: vec![2_000],
        parallelism: 12,
        ..Plan::new(60, 700)
    };
    let mut job = Running::start(&cluster, &cluster.admin, plan, "leaderless");
    let mut kills = 0;
    while kills < 3 && job.is_running() {
        thread::sleep(Duration::from_millis(1_200));
        let (leader, _) = cluster.new_leader(None, Duration::from_secs(10)).unwrap();
        if !job.is_running() {
            break;
        }
        cluster.nodes[leader].kill().unwrap();
        kills += 1;
        let (_, took) = cluster.new_leader(Some(leader), NEW_LEADER).unwrap();
        eprintln!("a new leader after {took:?}");
        cluster.nodes[leader].start(&cluster.network, None).unwrap();
        cluster.ready(leader, Duration::from_secs(15)).unwrap();
    }
    job.exact();
    assert!(kills >= 2, "only {kills} kills while the job ran");
}
