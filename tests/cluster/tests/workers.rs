//! `kill -9` for a worker.

use std::thread;
use std::time::{Duration, Instant};

use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running, busy};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_worker_is_killed_again_and_again",
        Needs::Nothing,
        again_and_again,
    ),
    (
        "a_dead_workers_work_is_given_to_others_in_time",
        Needs::Nothing,
        given_to_others,
    ),
];

const WORKER: usize = 3;

/// How soon what a dead node had runs elsewhere: its lease of 5 s, and 2 s.
const REASSIGNED: Duration = Duration::from_secs(7);

fn again_and_again() {
    let mut cluster = setting::cluster(4, 2);
    let plan = Plan {
        partition_ms: vec![1_500, 500],
        parallelism: 12,
        ..Plan::new(72, 1_000)
    };
    let mut job = Running::start(&cluster, &cluster.admin, plan, "killed");
    let mut kills = 0;
    for pause_ms in [300, 900, 1_700, 600] {
        busy(&cluster, WORKER, 1);
        thread::sleep(Duration::from_millis(pause_ms));
        if !job.is_running() {
            break;
        }
        cluster.nodes[WORKER].kill().unwrap();
        kills += 1;
        cluster.nodes[WORKER].start(&cluster.network, None).unwrap();
    }
    job.exact();
    assert!(kills >= 3, "only {kills} kills while the job ran");
}

fn given_to_others() {
    const SPLIT: Duration = Duration::from_secs(3);
    let mut cluster = setting::cluster(4, 2);
    // As many splits as slots: each node gets two, and nobody has time left over.
    let plan = Plan::new(8, 3_000);
    let job = Running::start(&cluster, &cluster.admin, plan, "reassigned");
    busy(&cluster, WORKER, 2);
    let killed = Instant::now();
    cluster.nodes[WORKER].kill().unwrap();
    job.exact();
    // What was lost is done again from its beginning; then there is the second stage, of no time.
    let limit = REASSIGNED + SPLIT + Duration::from_secs(2);
    let took = killed.elapsed();
    assert!(
        took > SPLIT,
        "nothing was lost: the job ended {took:?} after the kill"
    );
    assert!(took < limit, "the job ended {took:?} after the kill");
}
