//! Electing, proposing, partitions, deaths, learners.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bubbles_pipeline::NodeId;
use tokio::task::JoinSet;

use super::net::{Cluster, alone, config, member, until};
use super::{register, unregister};
use crate::replica::raft::Payload;
use crate::{
    Answer, ChangeError, ConfirmError, InitializeClusterError, OpenError, ProposeError,
    RECORD_VERSION, Record, Refusal, Replica, StopCause,
};

const RARELY: u64 = 10_000;

fn has(replica: &Replica, node: u64) -> bool {
    replica.read(|state| state.registry().nodes().contains_key(&NodeId(node)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_agree_and_a_follower_names_the_leader() {
    let cluster = Cluster::start(3, RARELY).await;
    let leader = cluster.leader().await;
    let id = leader.status().id;
    let answers = leader
        .propose(vec![register(70, "a"), register(71, "a")])
        .await
        .unwrap();
    assert_eq!(answers, [Ok(Answer::Accepted), Err(Refusal::NameTaken)]);
    leader.confirm_leader().await.unwrap();
    cluster.agree_with(&leader).await;

    for (_, follower) in cluster.others(id) {
        let expected = Some((id, member(id)));
        match follower.propose(vec![register(72, "b")]).await {
            Err(ProposeError::NotLeader { leader }) => assert_eq!(leader, expected),
            other => panic!("a follower answered {other:?}"),
        }
        match follower.confirm_leader().await {
            Err(ConfirmError::NotLeader { leader }) => assert_eq!(leader, expected),
            other => panic!("a follower was confirmed: {other:?}"),
        }
        let again = follower.initialize(member(NodeId(9))).await;
        assert!(matches!(again, Err(InitializeClusterError::Already)));
    }
    for replica in cluster.replicas.values() {
        replica.shutdown().await;
        replica.shutdown().await;
        let stopped = replica.propose(Vec::new()).await;
        assert!(matches!(
            stopped,
            Err(ProposeError::Stopped(StopCause::ShutDown))
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_said_twice_is_done_once_on_every_node() {
    let cluster = Cluster::start(3, RARELY).await;
    let leader = cluster.leader().await;
    let commands = vec![register(70, "a"), register(71, "a")];
    let record = Record {
        version: RECORD_VERSION,
        proposer: 5,
        sequence: 1,
        commands,
    };
    let payload = Payload(record.encode().unwrap().into());
    let first = leader.say(payload.clone()).await.unwrap();
    leader.propose(vec![unregister(70)]).await.unwrap();
    assert_eq!(leader.say(payload).await.unwrap(), first);
    assert!(!has(&leader, 70), "the repetition was done again");
    cluster.agree_with(&leader).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_for_a_record_is_refused_whole() {
    let cluster = Cluster::start(1, RARELY).await;
    let alone = &cluster.replicas[&NodeId(1)];
    let many = (0..5000).map(unregister).collect();
    let refused = alone.propose(many).await;
    assert!(matches!(
        refused,
        Err(ProposeError::TooLarge { commands: 5000, .. })
    ));
    let long = alone
        .propose(vec![register(70, &"x".repeat(17 << 20))])
        .await;
    assert!(matches!(
        long,
        Err(ProposeError::TooLarge { commands: 1, .. })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_cut_off_says_so_and_the_majority_goes_on() {
    let cluster = Cluster::start(3, RARELY).await;
    let old = cluster.leader().await;
    let cut = old.status().id;
    old.propose(vec![register(70, "before")]).await.unwrap();
    cluster.net.cut_off(cut);

    let asked = Instant::now();
    let (refused, unconfirmed) = tokio::join!(
        old.propose(vec![register(71, "lost")]),
        old.confirm_leader()
    );
    assert!(
        asked.elapsed() < Duration::from_millis(5500),
        "took {:?}",
        asked.elapsed()
    );
    assert!(matches!(
        refused,
        Err(ProposeError::NoQuorum | ProposeError::NotLeader { .. } | ProposeError::Unsure { .. })
    ));
    assert!(matches!(
        unconfirmed,
        Err(ConfirmError::NoQuorum | ConfirmError::NotLeader { .. })
    ));

    let (_, other) = cluster.others(cut).next().unwrap();
    let is_new = |leader: NodeId| leader != cut;
    let status = until(other, |status| {
        status.leader.as_ref().is_some_and(|(id, _)| is_new(*id))
    });
    let new = Arc::clone(&cluster.replicas[&status.await.leader.unwrap().0]);
    new.propose(vec![register(72, "after")]).await.unwrap();
    assert!(!has(&new, 71));
    assert!(cluster.net.lost() > 0, "nothing was cut");

    cluster.net.heal();
    until(&old, |status| {
        status.leader.as_ref().is_some_and(|(id, _)| is_new(*id))
    })
    .await;
    let leader = cluster.leader().await;
    leader.propose(vec![register(73, "healed")]).await.unwrap();
    cluster.agree_with(&leader).await;
    assert!(has(&old, 72) && has(&old, 73) && !has(&old, 71));
}

/// Proposes for ever, and notes what was acknowledged.
async fn propose_on(replica: Arc<Replica>, acked: Arc<Mutex<BTreeSet<u64>>>, from: u64) {
    for node in from.. {
        let Ok(answers) = replica
            .propose(vec![register(node, &node.to_string())])
            .await
        else {
            return;
        };
        assert_eq!(answers, [Ok(Answer::Accepted)]);
        acked.lock().unwrap().insert(node);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_killed_at_work_and_what_was_acknowledged_is_there() {
    let mut cluster = Cluster::start(3, 40).await;
    let mut acked_before = 0;
    let acked = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 1..=3 {
        let leader = cluster.leader().await;
        let mut proposers = JoinSet::new();
        for lane in 0..4 {
            let from = round * 1_000_000 + lane * 100_000;
            proposers.spawn(propose_on(Arc::clone(&leader), Arc::clone(&acked), from));
        }
        let mut watch = leader.watch();
        while acked.lock().unwrap().len() < acked_before + 60 {
            watch.changed().await.unwrap();
        }
        // Mid-sentence: nobody is told, nothing is written any more.
        proposers.shutdown().await;
        drop((leader, watch));
        cluster.replicas.clear();
        for id in 1..=3 {
            cluster.open(NodeId(id)).await;
        }
        let leader = cluster.leader().await;
        leader.confirm_leader().await.unwrap();
        let acked = acked.lock().unwrap().clone();
        let missing: Vec<_> = acked.iter().filter(|node| !has(&leader, **node)).collect();
        assert!(missing.is_empty(), "acknowledged and gone: {missing:?}");
        acked_before = acked.len();
    }
    let leader = cluster.leader().await;
    cluster.agree_with(&leader).await;
    assert!(
        leader.status().snapshot.is_some(),
        "no snapshot was taken on the way"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_learner_catches_up_by_a_snapshot_in_pieces_and_votes() {
    let mut cluster = Cluster::start(1, 10).await;
    let first = Arc::clone(&cluster.replicas[&NodeId(1)]);
    for node in 0..40 {
        let long = format!("{node}-{}", "x".repeat(100_000));
        first.propose(vec![register(node, &long)]).await.unwrap();
    }
    until(&first, |status| status.snapshot >= Some(30)).await;
    for id in [NodeId(2), NodeId(3)] {
        cluster.open(id).await;
        first.add_learner(id, member(id)).await.unwrap();
    }
    cluster.agree_with(&first).await;
    let pieces = cluster.net.pieces();
    assert!(pieces > 4, "{pieces} pieces: it came by another way");
    until(&cluster.replicas[&NodeId(2)], |status| {
        status.snapshot.is_some()
    })
    .await;

    let two = first.set_voters([NodeId(1), NodeId(2)].into()).await;
    assert!(matches!(two, Err(ChangeError::Voters(2))));
    let strange = first
        .set_voters([NodeId(1), NodeId(2), NodeId(9)].into())
        .await;
    assert!(matches!(strange, Err(ChangeError::NotMember(NodeId(9)))));
    first
        .set_voters((1..=3).map(NodeId).collect())
        .await
        .unwrap();
    let status = until(&first, |status| {
        status.voters.len() == 3 && status.learners.is_empty()
    });
    assert_eq!(status.await.members.len(), 3);
    first.remove(NodeId(3)).await.unwrap();
    until(&first, |status| status.members.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_voter_stays_and_starts_again_alone() {
    let mut cluster = Cluster::start(1, 5).await;
    let id = NodeId(1);
    for node in 0..12 {
        cluster.replicas[&id]
            .propose(vec![register(node, &node.to_string())])
            .await
            .unwrap();
    }
    let refused = cluster.replicas[&id].remove(id).await;
    assert!(matches!(refused, Err(ChangeError::LastVoter(_))));
    let opened_twice = Replica::open(config(id, &cluster.folder(id), 5), alone(id)).await;
    assert!(matches!(opened_twice, Err(OpenError::Locked)));

    let state = cluster.replicas[&id].read(Clone::clone);
    cluster.replicas[&id].shutdown().await;
    cluster.replicas.clear();
    let other = Replica::open(config(NodeId(7), &cluster.folder(id), 5), alone(id)).await;
    assert!(matches!(
        other,
        Err(OpenError::OtherNode {
            found: 1,
            wanted: 7
        })
    ));
    cluster.open(id).await;
    let replica = &cluster.replicas[&id];
    assert_eq!(
        replica.read(Clone::clone),
        state,
        "what was committed is applied on return"
    );
    until(replica, |status| status.is_leader).await;
    replica.propose(vec![register(99, "again")]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_record_stops_every_node_and_keeps_it_stopped() {
    let mut cluster = Cluster::start(1, RARELY).await;
    let id = NodeId(1);
    let replica = cluster.replicas.remove(&id).unwrap();
    let newer = RECORD_VERSION + 1;
    let record = Record {
        version: newer,
        proposer: 1,
        sequence: 1,
        commands: Vec::new(),
    };
    let said = replica.say(Payload(record.encode().unwrap().into())).await;
    let is_it =
        |cause: &StopCause| matches!(cause, StopCause::UnknownVersion(v) if v.found == newer);
    assert!(matches!(said, Err(ProposeError::Stopped(cause)) if is_it(&cause)));
    until(&replica, |status| {
        status.stopped.as_ref().is_some_and(is_it)
    })
    .await;
    let after = replica.propose(vec![register(70, "a")]).await;
    assert!(matches!(after, Err(ProposeError::Stopped(cause)) if is_it(&cause)));
    replica.shutdown().await;
    drop(replica);
    match Replica::open(config(id, &cluster.folder(id), RARELY), alone(id)).await {
        Err(OpenError::UnknownVersion(version)) => assert_eq!(version.found, newer),
        // It was not known yet to be committed: the node finds out when it leads.
        Ok(replica) => {
            until(&replica, |status| {
                status.stopped.as_ref().is_some_and(is_it)
            })
            .await;
        }
        Err(other) => panic!("{other}"),
    }
}
