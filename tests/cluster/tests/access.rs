//! Who is let in, and what they may do.

use std::time::Duration;

use bubbles_cluster_tests::cli::{self, Role};
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;
use bubbles_cluster_tests::network::Place;
use bubbles_cluster_tests::node::Node;
use bubbles_cluster_tests::process::Ended;

use crate::setting::Running;
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    ("a_token_is_good_once", Needs::Nothing, good_once),
    (
        "who_may_submit_may_run_and_not_deploy",
        Needs::Nothing,
        may_not_deploy,
    ),
];

fn good_once() {
    // The place of a worker is free then, and the voters are not fewer.
    let mut cluster = Cluster::start(4, 1).unwrap();
    cluster.nodes[3].kill().unwrap();
    let token = cluster.token(Role::Submit).unwrap();
    let (first, second) = (cluster.stranger("first"), cluster.stranger("second"));
    let login = |client: &bubbles_cluster_tests::client::Client| -> Ended {
        client.run(&cluster.network, cli::login(&token)).unwrap()
    };
    let (first, second) = (login(&first.unwrap()), login(&second.unwrap()));
    assert_eq!(first.code, Some(0), "{first}");
    assert_ne!(second.code, Some(0), "{second}");
    assert!(second.words().contains("used"), "{second}");

    // Nor is it for a node, in a folder that belongs to none yet.
    let program = cluster.programs().node().unwrap();
    let folder = cluster.folder().join("uninvited");
    let node = Node::new(&cluster.network, Place(4), &program, &folder, 1);
    let mut node = node.unwrap();
    node.start(&cluster.network, Some(&token)).unwrap();
    let ended = node.wait(Duration::from_secs(10)).unwrap();
    let code = ended.expect("an uninvited node ends").code();
    assert_ne!(code, Some(0), "{}", node.said());
}

fn may_not_deploy() {
    let cluster = Cluster::start(1, 2).unwrap();
    let plugin = cluster.programs().guest("ledger_check").unwrap();
    let person = cluster.person("person", Role::Submit).unwrap();
    let run = |client: &bubbles_cluster_tests::client::Client, words| -> Ended {
        client.run(&cluster.network, words).unwrap()
    };
    let refused = run(&person, cli::deploy(&plugin));
    assert!(!matches!(refused.code, Some(0 | 1) | None), "{refused}");
    assert!(refused.words().contains("submit"), "{refused}");
    Running::start(&cluster, &person, Plan::new(2, 0), "submitted").exact();

    let nobody = run(&cluster.stranger("nobody").unwrap(), cli::nodes());
    assert_eq!(nobody.code, Some(cli::SURROUNDINGS), "{nobody}");
    let deployed = run(&cluster.admin, cli::deploy(&plugin));
    assert_eq!(deployed.code, Some(0), "{deployed}");
}
