//! Flipped bits in the file: found, or without effect, never believed.

use std::fs;
use std::path::Path;

use bubbles_pipeline::NodeId;
use openraft::storage::{RaftLogReader, RaftLogStorage};

use super::net::{Cluster, alone, config};
use super::register;
use crate::replica::apply::Applier;
use crate::replica::stop::Halt;
use crate::replica::store::Store;
use crate::{Machine, OpenError, Replica};

const ID: NodeId = NodeId(1);

/// Everything that a node would go on from.
#[derive(Debug, PartialEq)]
struct Contents {
    machine: Machine,
    log: Vec<String>,
    vote: String,
    committed: String,
}

async fn contents(folder: &Path) -> Result<Contents, OpenError> {
    let halt = Halt::default();
    let mut store = Store::open(&config(ID, folder, 8), halt.clone()).await?;
    let entries = store.log.try_get_log_entries(..).await.unwrap();
    let applier = Applier::new(store.snapshot.take(), store.snapshots.clone(), halt);
    let applier = applier.map_err(|error| OpenError::corrupt(error.to_string()))?;
    let machine = applier.applied().read().machine.clone();
    Ok(Contents {
        machine,
        log: entries.iter().map(|entry| format!("{entry:?}")).collect(),
        vote: format!("{:?}", store.log.read_vote().await.unwrap()),
        committed: format!("{:?}", store.log.read_committed().await.unwrap()),
    })
}

/// A node that has a snapshot and a log after it, shut down.
async fn written() -> Cluster {
    let mut cluster = Cluster::start(1, 8).await;
    for node in 0..30 {
        let marked = format!("MARKED-{node}");
        cluster.replicas[&ID]
            .propose(vec![register(node, &marked)])
            .await
            .unwrap();
    }
    super::net::until(&cluster.replicas[&ID], |status| status.snapshot.is_some()).await;
    cluster.replicas[&ID].shutdown().await;
    cluster.replicas.clear();
    cluster
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_of_a_value_keeps_the_node_from_voting() {
    let cluster = written().await;
    let folder = cluster.folder(ID);
    // A first look, so that the file is at rest as an opened one leaves it.
    let before = contents(&folder).await.unwrap();
    let file = folder.join("log.redb");
    let sound = fs::read(&file).unwrap();
    let marks: Vec<usize> = (0..sound.len() - 7)
        .filter(|at| &sound[*at..at + 7] == b"MARKED-")
        .collect();
    let (mut found, mut harmless) = (0, 0);
    for at in &marks {
        let mut damaged = sound.clone();
        damaged[at + 3] ^= 0x10;
        fs::write(&file, &damaged).unwrap();
        match Replica::open(config(ID, &folder, 8), alone(ID)).await {
            Err(OpenError::Corrupt { what, help }) => {
                assert!(!what.is_empty() && help.contains("new id"));
                found += 1;
            }
            // A page that is free again still has what once was on it.
            Ok(replica) => {
                drop(replica);
                fs::write(&file, &damaged).unwrap();
                assert_eq!(contents(&folder).await.unwrap(), before);
                harmless += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(found + harmless, marks.len());
    assert!(
        found >= 20,
        "{found} of {} flips were in values",
        marks.len()
    );
    fs::write(&file, &sound).unwrap();
    assert_eq!(contents(&folder).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_flip_anywhere_in_the_file_is_believed() {
    let cluster = written().await;
    let folder = cluster.folder(ID);
    let before = contents(&folder).await.unwrap();
    let file = folder.join("log.redb");
    let sound = fs::read(&file).unwrap();
    // The header closely, then places at odd distances through the pages in use.
    let used = sound.iter().rposition(|byte| *byte != 0).unwrap();
    let places = (0..320)
        .step_by(3)
        .chain((320..used).step_by(used / 150 + 1));
    let (mut injected, mut found) = (0, 0);
    for at in places {
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&file, &damaged).unwrap();
        injected += 1;
        match contents(&folder).await {
            Ok(contents) => assert_eq!(contents, before, "byte {at} was believed"),
            Err(OpenError::Corrupt { .. }) => found += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    assert!(injected >= 200 && found > 0, "{found} of {injected} found");
}
