//! A flipped byte in all that a node stores: it is noticed, and made good or told. Never is it output.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bubbles_cluster_tests::client;
use bubbles_cluster_tests::damage;
use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running, busy, complete};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "flipped_bytes_of_chunks_are_made_good",
        Needs::Nothing,
        chunks,
    ),
    (
        "flipped_bytes_of_plugins_and_compiled_code_are_made_good",
        Needs::Nothing,
        plugins,
    ),
    (
        "a_flipped_byte_of_the_log_keeps_its_node_out",
        Needs::Nothing,
        log,
    ),
];

/// Whose bytes are flipped.
const VICTIM: usize = 2;

/// A node that starts on a busy machine.
const READY: Duration = Duration::from_secs(30);

/// A job of which every node has work.
fn everywhere() -> Plan {
    Plan {
        parallelism: 12,
        ..Plan::new(24, 100)
    }
}

fn chunks() {
    const SPLITS: u32 = 24;
    const FLIPS: usize = 24;
    let cluster = setting::cluster_with(3, 2, |node| Ok(node.with_chunks_on_disk()));
    let plan = Plan {
        parallelism: 12,
        partition_ms: vec![1_500],
        ..Plan::new(SPLITS, 0)
    };
    let job = Running::start(&cluster, &cluster.admin, plan, "damaged");
    // The first partitions have been read, and their attempts sleep; the others are read after that.
    complete(&cluster, "damaged", SPLITS.into());
    let began = Instant::now();
    let mut flipped = 0;
    for node in &cluster.nodes[1..] {
        let process = node.id().unwrap();
        for file in damage::unnamed_files(process, &node.scratch()).unwrap() {
            for offset in damage::written(&file, FLIPS).unwrap() {
                damage::flip(&file, offset).unwrap();
                flipped += 1;
            }
        }
    }
    eprintln!("{flipped} bytes flipped in {:?}", began.elapsed());
    assert!(flipped >= FLIPS, "only {flipped} bytes were flipped");
    let ended = job.exact();
    let noticed: usize = cluster
        .nodes
        .iter()
        .map(|node| node.said().matches("is not what was written").count())
        .sum();
    eprintln!("noticed {noticed} times; the job took {:?}", ended.took);
    assert!(noticed > 0, "nobody read what was damaged");
}

fn plugins() {
    let mut cluster = setting::cluster(3, 2);
    let victim = &mut cluster.nodes[VICTIM];
    victim.kill().unwrap();
    let stored = files(&victim.data().join("plugins"), "wasm");
    // The others have loaded theirs, and look at these files no more.
    let mut compiled = files(&client::cache(), "compiled");
    let digests: Vec<String> = stored.keys().map(|path| stem(path)).collect();
    let is_used = |path: &Path| digests.iter().any(|digest| stem(path).starts_with(digest));
    compiled.retain(|path, _| is_used(path));
    assert_eq!((stored.len(), compiled.len()), (3, 3));
    for (path, bytes) in stored.iter().chain(&compiled) {
        damage::flip(path, bytes.len() as u64 / 2).unwrap();
    }

    victim.start(&cluster.network, None).unwrap();
    cluster.ready(VICTIM, READY).unwrap();
    // The leader has loaded its plugins, and yet is asked whether it has them: for the others.
    let (leader, _) = cluster.new_leader(None, READY).unwrap();
    assert_ne!(leader, VICTIM);
    let of_leader = files(&cluster.nodes[leader].data().join("plugins"), "wasm");
    for (path, bytes) in &of_leader {
        damage::flip(path, bytes.len() as u64 / 2).unwrap();
    }
    let job = Running::start(&cluster, &cluster.admin, everywhere(), "again");
    busy(&cluster, VICTIM, 1);
    job.exact();
    let said = cluster.nodes[VICTIM].said();
    let count = |words: &str| said.matches(words).count();
    assert_eq!(count("a stored plugin is damaged"), stored.len(), "{said}");
    assert_eq!(
        count("compiled code is made anew"),
        compiled.len(),
        "{said}"
    );
    let noticed = cluster.nodes[leader].said();
    let noticed = noticed.matches("a stored plugin is damaged").count();
    assert_eq!((noticed, of_leader.len()), (3, 3));
    for (path, bytes) in stored.iter().chain(&of_leader) {
        assert!(
            fs::read(path).unwrap() == *bytes,
            "{} was not had again",
            path.display()
        );
    }
    // All that it has now is good: nothing more is thrown away.
    cluster.nodes[VICTIM].kill().unwrap();
    cluster.nodes[VICTIM].start(&cluster.network, None).unwrap();
    cluster.ready(VICTIM, READY).unwrap();
    let job = Running::start(&cluster, &cluster.admin, everywhere(), "good");
    busy(&cluster, VICTIM, 1);
    job.exact();
    let later = cluster.nodes[VICTIM].said();
    let later = &later[said.len()..];
    assert!(
        !later.contains("damaged") && !later.contains("made anew"),
        "{later}"
    );
}

fn log() {
    let mut cluster = setting::cluster(3, 2);
    // The last words of the log: its values are in force, and no copy of an earlier page.
    Running::start(&cluster, &cluster.admin, everywhere(), "recorded").exact();
    cluster.nodes[VICTIM].kill().unwrap();
    let file = cluster.nodes[VICTIM].data().join("log.redb");
    let whole = fs::read(&file).unwrap();
    let names = damage::places_of(&file, "recorded").unwrap();
    assert!(!names.is_empty(), "the job is not in the log");
    let spread = damage::written(&file, 3).unwrap();
    let (mut refused, mut without_effect) = (0, 0);
    for offset in names.into_iter().rev().take(4).chain([0]).chain(spread) {
        fs::write(&file, &whole).unwrap();
        damage::flip(&file, offset).unwrap();
        let victim = &mut cluster.nodes[VICTIM];
        let before = victim.said().len();
        victim.start(&cluster.network, None).unwrap();
        if cluster.ready(VICTIM, READY).is_ok() {
            // A page that is not in use any more.
            without_effect += 1;
            cluster.nodes[VICTIM].kill().unwrap();
            continue;
        }
        let victim = &mut cluster.nodes[VICTIM];
        let ended = victim.wait(Duration::from_secs(10)).unwrap();
        let said = victim.said().split_off(before);
        let code = ended.expect("a node whose log is damaged ends").code();
        assert_eq!(code, Some(3), "{said}");
        for words in [
            "is damaged",
            "remove this node from the cluster",
            "let it join again",
        ] {
            assert!(said.contains(words), "{said}");
        }
        refused += 1;
    }
    eprintln!("{refused} flips kept the node out, {without_effect} were where nothing is");
    assert!(refused > 0, "no flip hit anything");

    Running::start(&cluster, &cluster.admin, everywhere(), "without").exact();
    cluster.replace(VICTIM).unwrap();
    let job = Running::start(&cluster, &cluster.admin, everywhere(), "replaced");
    busy(&cluster, VICTIM, 1);
    job.exact();
}

/// Files of a folder whose name ends so, and what is in them.
fn files(folder: &Path, end: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|it| it == end));
    paths
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
