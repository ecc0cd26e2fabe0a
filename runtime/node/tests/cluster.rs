//! Nodes of a cluster, several in one process, over real sockets: what they agree on and pass on
//! to each other. Whole processes, killed and cut off, are in `tests/cluster`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "cluster/support.rs"]
mod support;

use bubbles_node::Outcome;
use bubbles_node::wire::{Ask, Denial, Tell};
use bubbles_transport::Role;

use support::{Cluster, job_of, rows};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_node_is_a_cluster() {
    let cluster = Cluster::of(1).await;
    let job = job_of(&cluster, 6).await;
    let report = cluster.run(job).await;
    assert!(matches!(report.outcome, Outcome::Committed), "{report:?}");
    assert_eq!(rows(&cluster), 6 * 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_share_a_job_and_vote() {
    let cluster = Cluster::of(3).await;
    cluster
        .until("three voters", async |cluster| {
            cluster
                .nodes()
                .await
                .iter()
                .filter(|node| node.voter)
                .count()
                == 3
        })
        .await;
    let job = job_of(&cluster, 12).await;
    let report = cluster.run(job).await;
    assert!(matches!(report.outcome, Outcome::Committed), "{report:?}");
    assert_eq!(rows(&cluster), 12 * 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_lets_in_once_and_a_reader_does_not_submit() {
    let cluster = Cluster::of(1).await;
    let invite = Ask::Invite {
        role: Some(Role::Read),
        seconds: 600,
    };
    let Tell::Token(token) = cluster.ask(invite).await else {
        panic!("no token")
    };
    let reader = cluster.login(&token).await.expect("a new token is good");
    let again = cluster.login(&token).await.unwrap_err();
    assert!(again.contains("used already"), "{again}");
    let nodes = reader.ask(Ask::Nodes).await;
    assert!(matches!(nodes, Tell::Nodes(nodes) if nodes.len() == 1));
    let submit = Ask::Submit(Box::new(job_of(&cluster, 1).await));
    let denied = reader.ask(submit).await;
    let needs = Role::Submit;
    let yours = Role::Read;
    assert!(
        matches!(&denied, Tell::No(denial) if *denial == Denial::Forbidden { needs, yours }),
        "{denied:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_comes_back_as_itself() {
    let mut cluster = Cluster::of(1).await;
    let report = cluster.run(job_of(&cluster, 2).await).await;
    cluster.restart(0).await;
    let known = cluster
        .ask(Ask::Watch(bubbles_cluster::JobId(report.job.clone())))
        .await;
    assert!(matches!(known, Tell::Report(_)), "{known:?}");
}
