//! The leader in the minority.

use std::time::Duration;

use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::job::Plan;
use bubbles_cluster_tests::network::Place;
use bubbles_cluster_tests::wait::until;

use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[(
    "a_leader_in_the_minority_says_so_and_the_majority_goes_on",
    Needs::Cuts,
    says_so,
)];

/// How soon a minority says so, and a client's start.
const SAID: Duration = Duration::from_millis(5_000 + 1_000);

fn says_so() {
    let cluster = setting::cluster(3, 2);
    let (leader, _) = cluster.new_leader(None, Duration::from_secs(5)).unwrap();
    let alone = cluster.nodes[leader].place;
    let others: Vec<Place> = cluster.nodes.iter().map(|node| node.place).collect();
    let others: Vec<Place> = others.into_iter().filter(|place| *place != alone).collect();
    // This job's leader is about to be alone.
    let long = Plan::new(24, 1_000);
    let job = Running::start(&cluster, &cluster.admin, long, "majority");
    setting::busy(&cluster, leader, 1);
    cluster.network.part(&[alone], &others).unwrap();

    // A person beside the lonely leader reaches nobody else, as it is their address that is cut.
    let refused = Plan::new(2, 0).write(
        cluster.programs(),
        &cluster.folder().join("jobs"),
        "minority",
    );
    let refused = refused.unwrap();
    let words = cli::run(&refused.pipeline);
    let said = cluster
        .admin
        .run_at(&cluster.network, alone, words)
        .unwrap();
    assert_eq!(said.code, Some(cli::SURROUNDINGS), "{said}");
    let words = said.words().to_lowercase();
    assert!(words.contains(cli::NO_QUORUM), "{said}");
    assert!(said.took < SAID, "{said}");
    assert!(!refused.output.exists(), "a minority wrote output");

    let limit = Duration::from_secs(10);
    cluster.new_leader(Some(leader), limit).unwrap();
    job.exact();
    assert!(cluster.network.dropped().unwrap() > 0);

    cluster.network.heal().unwrap();
    let healed = || {
        let ended = cluster.admin.run_at(&cluster.network, alone, cli::nodes());
        ended.is_ok_and(|ended| ended.code == Some(0)).then_some(())
    };
    let limit = Duration::from_secs(5 + 1);
    until("the minority is part of it again", limit, healed).unwrap();
    Running::start(&cluster, &cluster.admin, Plan::new(12, 50), "healed").exact();
}
