//! `kill -9` for the leader, between preparing and committing.
//!
//! Each of these moments, one by one, is gone through in the simulation of `bubbles-node`; here are
//! real processes and files, and the moments that can be seen from outside.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[(
    "the_leader_is_killed_while_output_is_prepared_and_committed",
    Needs::Nothing,
    killed,
)];

/// Parts of the output: making so many visible takes a while.
const PARTS: u32 = 96;

/// What is in an output folder: hidden files, and parts.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    staged: usize,
    visible: usize,
}

fn look(output: &Path) -> Seen {
    let mut seen = Seen::default();
    for entry in fs::read_dir(output).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        seen.staged += usize::from(name.starts_with('.'));
        seen.visible += usize::from(name.starts_with("part-"));
    }
    seen
}

fn killed() {
    let mut cluster = setting::cluster(3, 2);
    kill(&mut cluster, "preparing", |seen| seen.staged > 0);
    kill(&mut cluster, "committing", |seen| seen.visible > 0);
}

/// Has a job come to that point, and kills the leader. Not all of its output may be visible then.
fn kill(cluster: &mut Cluster, name: &str, point: fn(Seen) -> bool) {
    let plan = Plan {
        parallelism: PARTS,
        ..Plan::new(12, 0)
    };
    let (leader, _) = cluster.new_leader(None, Duration::from_secs(10)).unwrap();
    let mut job = Running::start(cluster, &cluster.admin, plan, name);
    let output = job.output().to_owned();
    while !point(look(&output)) {
        assert!(
            job.is_running(),
            "{name}: the job ended before anything was seen"
        );
        std::thread::yield_now();
    }
    cluster.nodes[leader].kill().unwrap();
    let seen = look(&output);
    eprintln!("{name}: killed when {seen:?}");
    assert!(
        seen.visible < PARTS as usize,
        "{name}: all output was visible"
    );
    let ended = job.exact();
    eprintln!("{name}: the job took {:?}", ended.took);
    cluster.nodes[leader].start(&cluster.network, None).unwrap();
    cluster.ready(leader, Duration::from_secs(15)).unwrap();
}
