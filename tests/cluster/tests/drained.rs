//! A node that is asked to end.

use std::time::Duration;

use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running, busy};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[("a_node_that_is_asked_to_end_drains", Needs::Nothing, drains)];

const WORKER: usize = 3;

fn drains() {
    let mut cluster = setting::cluster(4, 2);
    let job = Running::start(&cluster, &cluster.admin, Plan::new(32, 1_000), "drained");
    busy(&cluster, WORKER, 1);
    let ended = cluster.nodes[WORKER]
        .drain(Duration::from_secs(15))
        .unwrap();
    let code = ended.and_then(|status| status.code());
    assert_eq!(code, Some(0), "{}", cluster.nodes[WORKER].said());
    job.exact();
    cluster.nodes[WORKER].start(&cluster.network, None).unwrap();
    cluster.ready(WORKER, Duration::from_secs(15)).unwrap();
}
