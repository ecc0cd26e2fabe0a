//! A disk without space on one node: it steps aside, and says why. The others go on.

use std::time::Duration;

use bubbles_cluster_tests::disk::SmallDisk;
use bubbles_cluster_tests::job::Plan;
use bubbles_cluster_tests::wait::until;

use crate::setting::{self, Running, busy};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_node_without_room_for_chunks_gets_no_work_until_it_has",
        Needs::Disks,
        chunks,
    ),
    ("a_leader_without_room_for_its_log_goes", Needs::Disks, log),
];

/// Attempts at once, of each node.
const SLOTS: u32 = 2;

/// How long a node that lacks something is left alone, and what it takes to notice.
const ASIDE: Duration = Duration::from_secs(10 + 3);

fn plan() -> Plan {
    Plan {
        parallelism: 12,
        partition_ms: vec![500],
        ..Plan::new(36, 400)
    }
}

fn chunks() {
    const VICTIM: usize = 2;
    let mut disk = None;
    let (cluster, disk) = {
        let cluster = setting::cluster_with(3, SLOTS, |node| {
            if node.name != "n3" {
                return Ok(node);
            }
            // Not within the data folder, which has a log to keep.
            let folder = node.home().with_file_name("scratch");
            disk = Some(SmallDisk::mount(&folder, 8)?);
            Ok(node.with_scratch(&folder).with_chunks_on_disk())
        });
        (cluster, disk.unwrap())
    };
    assert!(disk.fill().unwrap() > 0);
    let job = Running::start(&cluster, &cluster.admin, plan(), "full");
    let told = || cluster.member(VICTIM).ok()?.trouble;
    let (trouble, _) = until("the node is set aside", Duration::from_secs(10), told).unwrap();
    assert!(
        trouble.contains("no space left on the disk of"),
        "{trouble}"
    );
    let ended = job.exact();
    let said = cluster.nodes[VICTIM].said();
    let failed = said.matches("this node could not do its work").count();
    // What it has been given at once, each time it is tried again.
    let rounds = 1 + ended.took.as_secs() / 10;
    let most = usize::try_from(rounds).unwrap() * 3 * SLOTS as usize;
    eprintln!(
        "{failed} attempts failed on the full node in {:?}",
        ended.took
    );
    assert!(
        (1..=most).contains(&failed),
        "{failed} attempts failed for lack of space"
    );

    disk.free().unwrap();
    let long = Plan::new(72, 1_000);
    let job = Running::start(&cluster, &cluster.admin, long, "freed");
    let look = || {
        let running = cluster.nodes[VICTIM].metric(&cluster.network, "bubbles_slots_busy");
        running.is_ok_and(|it| it >= 1.0).then_some(())
    };
    until("the node gets work again", ASIDE, look).unwrap();
    job.exact();
    assert_eq!(cluster.member(VICTIM).unwrap().trouble, None);
    let later = cluster.nodes[VICTIM].said().split_off(said.len());
    assert!(!later.contains("could not do its work"), "{later}");
}

fn log() {
    const LEADER: usize = 0;
    let mut disk = None;
    let (mut cluster, disk) = {
        let cluster = setting::cluster_with(3, SLOTS, |node| {
            if node.name == "n1" {
                disk = Some(SmallDisk::mount(&node.data(), 64)?);
            }
            Ok(node)
        });
        (cluster, disk.unwrap())
    };
    assert_eq!(cluster.leader().unwrap(), Some(LEADER));
    let job = Running::start(&cluster, &cluster.admin, plan(), "full");
    busy(&cluster, 1, 1);
    assert!(disk.fill().unwrap() > 0);
    for life in ["its first life", "one that began without space"] {
        let victim = &mut cluster.nodes[LEADER];
        let ended = victim.wait(Duration::from_secs(20)).unwrap();
        let said = victim.said();
        let code = ended.unwrap_or_else(|| panic!("{life}: {said}")).code();
        assert_eq!(code, Some(3), "{life}: {said}");
        let error = said.lines().rfind(|line| line.starts_with("error: "));
        let error = error.unwrap_or_else(|| panic!("{said}")).to_lowercase();
        assert!(error.contains("no space left"), "{life}: {error}");
        if life == "its first life" {
            victim.start(&cluster.network, None).unwrap();
        }
    }
    job.exact();
    disk.free().unwrap();
    cluster.nodes[LEADER].start(&cluster.network, None).unwrap();
    cluster.ready(LEADER, Duration::from_secs(15)).unwrap();
    let job = Running::start(&cluster, &cluster.admin, plan(), "freed");
    busy(&cluster, LEADER, 1);
    job.exact();
}
