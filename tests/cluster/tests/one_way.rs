//! A node that is heard and does not hear, and one that hears and is not heard.

use std::time::Duration;

use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;
use bubbles_cluster_tests::network::Place;

use crate::setting::{self, Running, busy};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[("a_node_is_cut_off_one_way", Needs::Cuts, one_way)];

const WORKER: usize = 3;

fn one_way() {
    let mut cluster = setting::cluster(4, 2);
    let own = cluster.nodes[WORKER].place;
    let others: Vec<Place> = cluster.nodes[..WORKER]
        .iter()
        .map(|node| node.place)
        .collect();
    for (name, is_deaf) in [("deaf", true), ("mute", false)] {
        let plan = Plan {
            partition_ms: vec![500],
            ..Plan::new(24, 1_000)
        };
        let job = Running::start(&cluster, &cluster.admin, plan, name);
        busy(&cluster, WORKER, 1);
        let before = cluster.network.dropped().unwrap();
        for other in &others {
            let (from, to) = if is_deaf {
                (*other, own)
            } else {
                (own, *other)
            };
            cluster.network.cut(from, to).unwrap();
        }
        expect_exact(&cluster, job, before);
        cluster.network.heal().unwrap();
        cluster.ready(WORKER, Duration::from_secs(10)).unwrap();
    }
}

/// The job ends while the link is cut, and what the worker staged is gone when it is mended.
fn expect_exact(cluster: &Cluster, mut job: Running, dropped_before: u64) {
    let ended = || (!job.is_running()).then_some(());
    bubbles_cluster_tests::wait::until("the job ends", setting::PATIENCE, ended).unwrap();
    assert!(cluster.network.dropped().unwrap() > dropped_before);
    cluster.network.heal().unwrap();
    job.exact();
}
