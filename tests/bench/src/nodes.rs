//! Nodes on this machine, and jobs that people run on them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::network::Place;
use serde_json::Value;

/// Longer than any job of the benchmarks takes.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) const MIB: f64 = (1 << 20) as f64;

/// How long a job took, and what its client printed.
pub(crate) struct Ran {
    /// From before the client's start to after its exit.
    pub(crate) wall: Duration,
    /// Its report.
    pub(crate) report: Value,
}

/// So many nodes of so many slots.
pub(crate) fn start(nodes: u8, slots: u32) -> Result<Cluster> {
    Ok(Cluster::start(nodes, slots)?)
}

/// Runs a pipeline on the nodes; fails if it does not commit.
pub(crate) fn run(cluster: &Cluster, pipeline: &Path) -> Result<Ran> {
    let started = Instant::now();
    let words = cli::run(pipeline);
    let client = cluster
        .admin
        .start(&cluster.network, Place::PEOPLE, words)?;
    let ended = client.finish(started, PATIENCE)?;
    ensure!(ended.code == Some(0), "the job failed: {ended}");
    Ok(Ran {
        wall: ended.took,
        report: serde_json::from_str(&ended.stdout).context("the report is no document")?,
    })
}

/// Writes a file and gives its path.
pub(crate) fn write(path: std::path::PathBuf, text: &str) -> Result<std::path::PathBuf> {
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
