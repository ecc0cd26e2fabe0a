//! From `bubbles deploy` to the first chunk through the plugin on all of three nodes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use anyhow::{Result, ensure};
use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::node::Node;

use crate::nodes::{self, MIB};
use crate::place::Place;
use crate::report::{Figure, Goal, Report, median};

const RUNS: usize = 5;

const NODES: u8 = 3;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let cluster = nodes::start(NODES, 1)?;
    of(&cluster, place, report)
}

fn of(cluster: &Cluster, place: &Place, report: &mut Report) -> Result<()> {
    let guest = "late";
    let wasm = place.read_guest(guest)?;
    let mut times = Vec::new();
    for run in 0..=RUNS {
        // A plugin that no node has seen: a custom section of its own makes it another.
        let name = format!("{guest}{run}");
        let path = cluster.folder().join(format!("{name}.wasm"));
        fs::write(
            &path,
            other(
                &wasm,
                &format!("{name} {:?}", SystemTime::now().duration_since(UNIX_EPOCH)?),
            ),
        )?;
        times.push(to_first_chunk(cluster, &name, &path)?.as_secs_f64());
    }
    // The first run fills caches of files, and compiles the built-in plugins of the job.
    times.remove(0);
    report.add(Figure {
        name: format!(
            "`bubbles deploy` to a chunk on each of three nodes: {guest}, {:.1} MiB",
            wasm.len() as f64 / MIB
        ),
        value: median(times),
        unit: "s",
        yardstick: None,
        goal: Goal::AtMost(1.0),
    });
    Ok(())
}

/// Deploys it and runs a job with a split for each node.
fn to_first_chunk(cluster: &Cluster, name: &str, wasm: &Path) -> Result<Duration> {
    let pipeline = pipeline(cluster, name)?;
    let before = attempts(cluster)?;
    let start = Instant::now();
    let mut words = cli::deploy(wasm);
    words.extend(["--name".into(), name.into()]);
    let deployed = cluster.admin.run(&cluster.network, words)?;
    ensure!(deployed.code == Some(0), "it was not deployed: {deployed}");
    nodes::run(cluster, &pipeline)?;
    let took = start.elapsed();
    let after = attempts(cluster)?;
    let idle = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before == after);
    ensure!(
        idle.count() == 0,
        "not all nodes ran an attempt: {before:?}, then {after:?}"
    );
    Ok(took)
}

/// How many each node has begun.
fn attempts(cluster: &Cluster) -> Result<Vec<u64>> {
    let of = |node: &Node| node.metric(&cluster.network, "bubbles_attempts_started_total");
    let all: io::Result<Vec<f64>> = cluster.nodes.iter().map(of).collect();
    Ok(all?.into_iter().map(|attempts| attempts as u64).collect())
}

/// A job with a file for each node.
fn pipeline(cluster: &Cluster, name: &str) -> Result<PathBuf> {
    let folder = cluster.folder().join(name);
    fs::create_dir_all(&folder)?;
    for file in 0..NODES {
        let text = "carrier,flight,tailnum,origin,dest,arr_delay,time_hour\n\
                    UA,1545,N14228,EWR,IAH,71,2013-01-01T10:00:00Z\n";
        nodes::write(folder.join(format!("flights-{file}.csv")), text)?;
    }
    let folder = folder.display();
    let text = format!(
        r#"name = "deployed"

[[task]]
name = "flights"
extract = "csv"
config = {{ path = "{folder}/flights-*.csv" }}
read = ["{folder}/"]

[[task]]
name = "late"
transform = "{name}"

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "{folder}/out/" }}
write = ["{folder}/out/"]
"#
    );
    nodes::write(cluster.folder().join(format!("{name}.toml")), &text)
}

/// The same plugin under another digest: with a custom section that says `mark`.
fn other(wasm: &[u8], mark: &str) -> Vec<u8> {
    let byte = |length: usize| u8::try_from(length).expect("a mark is short");
    let mut section = vec![4];
    section.extend_from_slice(b"mark");
    section.extend_from_slice(mark.as_bytes());
    let mut other = wasm.to_vec();
    // Its kind, its length as one byte of LEB128, its name and what it says.
    other.extend([0, byte(section.len())]);
    other.extend(section);
    other
}
