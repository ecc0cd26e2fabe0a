//! Finding who leads.

use std::time::{Duration, Instant};

use bubbles_node::wire::{Ask, Denial, LogPiece, Tell};
use bubbles_node::{JobId, Profile};
use bubbles_pipeline::NodeId;
use bubbles_transport::Role;

use super::super::testing::{Act, Lab, elsewhere, no, say, silence};
use super::super::{Cluster, ClusterChoice, ClusterError};

#[test]
fn the_leader_is_followed_and_remembered() {
    let lab = Lab::new();
    let leader = lab.node("n1", |ask| match ask {
        Ask::Plugins => say(Tell::Plugins(Vec::new())),
        _ => say(Tell::Jobs(Vec::new())),
    });
    let named = leader.address.clone();
    let follower = lab.node("n2", move |_| elsewhere(&named));
    let cluster = lab.cluster(&[&follower.address]);
    assert!(cluster.plugins().unwrap().is_empty());
    assert!(cluster.jobs().unwrap().is_empty());
    assert_eq!(follower.count(|_| true), 1);
    assert_eq!(
        leader.count(|ask| matches!(ask, Ask::Plugins | Ask::Jobs)),
        2
    );
}

#[test]
fn where_nodes_are_is_kept_in_the_profile() {
    let lab = Lab::new();
    let other = lab.node("n2", |_| Vec::new());
    let status = other.status();
    let node = lab.node("n1", move |_| say(Tell::Nodes(vec![status.clone()])));
    let cluster = lab.cluster(&[&node.address, "localhost:9"]);
    assert_eq!(cluster.nodes().unwrap().len(), 1);
    let kept = Profile::load(cluster.folder()).unwrap().unwrap().addresses;
    assert_eq!(kept, [other.address.as_str(), "localhost:9"]);
}

#[test]
fn a_minority_says_so_within_five_seconds() {
    let lab = Lab::new();
    let node = lab.node("n1", |_| no(Denial::NoQuorum));
    let (_socket, unreachable) = silence();
    for addresses in [
        [&*unreachable, &*node.address],
        [&*node.address, &*unreachable],
    ] {
        let cluster = lab.cluster(&addresses);
        let begun = Instant::now();
        let error = cluster.jobs().unwrap_err();
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        assert!(
            matches!(error, ClusterError::Denied(Denial::NoQuorum)),
            "{error}"
        );
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("no quorum"), "{error}");
    }
    assert!(node.count(|_| true) > 4, "it was asked again");
}

#[test]
fn nodes_without_a_leader_are_asked_until_there_is_one() {
    let lab = Lab::new();
    let begun = Instant::now();
    let elected = begun + Duration::from_millis(1500);
    let node = lab.node("n1", move |_| match Instant::now() < elected {
        true => no(Denial::NotLeader { address: None }),
        false => say(Tell::Jobs(Vec::new())),
    });
    let cluster = lab.cluster(&[&node.address]);
    cluster.jobs().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_node_that_says_nothing_is_not_waited_for() {
    let lab = Lab::new();
    let node = lab.node("n1", |_| vec![Act::Pause(Duration::from_secs(30))]);
    let cluster = lab.cluster(&[&node.address]);
    let begun = Instant::now();
    let error = cluster.jobs().unwrap_err();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert!(matches!(error, ClusterError::Silent(_)), "{error}");
    assert_eq!(error.exit_code(), 3);
}

#[test]
fn a_dead_address_costs_a_moment() {
    let lab = Lab::new();
    let node = lab.node("n1", |_| say(Tell::Jobs(Vec::new())));
    let (_socket, unreachable) = silence();
    let cluster = lab.cluster(&[&unreachable, "no-such-host.invalid:1", &node.address]);
    let begun = Instant::now();
    cluster.jobs().unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(1900),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_role_that_is_not_enough_is_told_what_would_be() {
    let lab = Lab::new();
    let forbidden = Denial::Forbidden {
        needs: Role::Admin,
        yours: Role::Read,
    };
    let node = lab.node("n1", move |_| no(forbidden.clone()));
    let cluster = lab.cluster(&[&node.address]);
    let error = cluster.token(None, Duration::from_secs(60)).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert_eq!(
        error.to_string(),
        "this needs the role admin; yours is read"
    );
    let help = error.help().unwrap();
    assert!(help.contains("bubbles token --role admin"), "{help}");
    assert_eq!(node.count(|_| true), 1, "a no is not asked twice");
}

#[test]
fn another_cluster_is_no_help() {
    let (lab, other) = (Lab::new(), Lab::new());
    let node = other.node("n1", |_| say(Tell::Jobs(Vec::new())));
    let cluster = lab.cluster(&[&node.address]);
    let begun = Instant::now();
    let error = cluster.jobs().unwrap_err();
    assert!(matches!(error, ClusterError::Stranger(_)), "{error}");
    assert_eq!(error.exit_code(), 3);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(node.count(|_| true), 0);
}

#[test]
fn a_folder_without_a_profile_is_named() {
    let lab = Lab::new();
    let choice = ClusterChoice::Profile(lab.home.state.join("none"));
    let error = Cluster::open(&choice, &lab.home).unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
    assert_eq!(error.exit_code(), 3);
}

#[test]
fn rejects_are_whole_though_a_node_goes_in_the_middle() {
    let lab = Lab::new();
    let whole = || {
        let head = Act::Say(Tell::Bytes(6));
        vec![head, Act::Bytes(b"one\n"), Act::Bytes(b"2\n")]
    };
    let second = lab.node("n2", move |_| whole());
    let first = lab.node("n1", |_| {
        vec![Act::Say(Tell::Bytes(6)), Act::Bytes(b"one"), Act::Die]
    });
    let cluster = lab.cluster(&[&first.address, &second.address]);
    let mut written = Vec::new();
    let job = JobId("j".to_owned());
    assert_eq!(cluster.rejects(&job, &mut written).unwrap(), 6);
    assert_eq!(written, b"one\n2\n");
    assert_eq!((first.count(|_| true), second.count(|_| true)), (1, 1));
}

#[test]
fn a_log_is_followed_on_all_nodes_until_it_ends() {
    let lab = Lab::new();
    let node = lab.node("n1", |ask| {
        let Ask::Logs { from, .. } = ask else {
            panic!("{ask:?}");
        };
        let known = |node| from.iter().find(|(it, _)| *it == node).map_or(0, |it| it.1);
        let piece = |node, name: &str, all: &str, shown: usize| {
            let offset = usize::try_from(known(node)).unwrap();
            let upto = (offset + shown).min(all.len());
            Act::Say(Tell::Log(LogPiece {
                node,
                name: name.to_owned(),
                offset: upto as u64,
                text: all[offset..upto].to_owned(),
                end: upto == all.len(),
            }))
        };
        vec![
            piece(NodeId(1), "n1", "a\nb\nc\n", 2),
            piece(NodeId(2), "n2", "x\n", 2),
        ]
    });
    let cluster = lab.cluster(&[&node.address]);
    let job = JobId("j".to_owned());
    let look = |follow| {
        let mut lines = Vec::new();
        let looked = cluster.logs(&job, follow, |piece| {
            lines.push(format!("{}:{}", piece.name, piece.text.trim()));
            std::ops::ControlFlow::Continue(())
        });
        looked.unwrap();
        lines
    };
    assert_eq!(look(false), ["n1:a", "n2:x"]);
    assert_eq!(look(true), ["n1:a", "n2:x", "n1:b", "n1:c"]);
}

#[test]
fn a_job_is_found_by_its_beginning() {
    let names = ["1a2-ff", "1a2-fe", "1b3", "1b34"].map(str::to_owned);
    let one = |prefix: &str| super::super::the_one(prefix, names.iter().cloned());
    assert_eq!(one("1a2-ff").unwrap(), "1a2-ff");
    assert_eq!(one("1b3").unwrap(), "1b3");
    assert_eq!(one("1b34").unwrap(), "1b34");
    let error = one("1a2").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"1a2\" is the beginning of 2 jobs: 1a2-ff, 1a2-fe"
    );
    assert_eq!(one("x").unwrap_err().exit_code(), 2);
}
