//! Splits a second: a job whose splits have nothing in them, on one node and on three voters.

use anyhow::{Context as _, Result, ensure};
use bubbles_cluster_tests::cluster::Cluster;

use crate::nodes::{self, MIB};
use crate::place::Place;
use crate::report::{Figure, Goal, Report};

/// Of the job.
const SPLITS: u32 = 100_000;

/// Of all nodes together: as many as this machine has processors.
const SLOTS: u32 = 2;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let one = nodes::start(1, SLOTS)?;
    let (rate, _) = job(place, &one)?;
    report.add(Figure {
        name: format!("{SPLITS} splits with nothing in them, one node"),
        value: rate,
        unit: "/s",
        yardstick: None,
        goal: Goal::AtLeast(10_000.0),
    });
    drop(one);
    let three = nodes::start(3, SLOTS)?;
    let (rate, leader_bytes) = job(place, &three)?;
    report.add(Figure {
        name: String::from("the same on three voters that sync to disk"),
        value: rate,
        unit: "/s",
        yardstick: None,
        goal: Goal::AtLeast(2_000.0),
    });
    report.add(Figure {
        name: String::from("the leader's memory after it"),
        value: leader_bytes / MIB,
        unit: "MiB",
        yardstick: None,
        goal: Goal::AtMost(200.0),
    });
    Ok(())
}

/// Splits a second, and what the leader's process had resident at most.
fn job(place: &Place, cluster: &Cluster) -> Result<(f64, f64)> {
    let file = |splits: u32| {
        let path = cluster.folder().join(format!("nothing-{splits}.toml"));
        nodes::write(path, &pipeline(place, splits))
    };
    // Compiles the plugin, on all nodes.
    nodes::run(cluster, &file(100)?)?;
    let ran = nodes::run(cluster, &file(SPLITS)?)?;
    let splits = &ran.report["tasks"][0]["splits"];
    ensure!(
        splits.is_null() || splits == SPLITS,
        "{splits} splits instead of {SPLITS}"
    );
    let leader = cluster.leader()?.context("nobody leads")?;
    let memory = cluster.nodes[leader].peak_bytes()? as f64;
    Ok((f64::from(SPLITS) / ran.wall.as_secs_f64(), memory))
}

fn pipeline(place: &Place, splits: u32) -> String {
    let plugin = place.guest("nothing");
    let plugin = plugin.display();
    format!(
        r#"name = "nothing"

[[task]]
name = "in"
extract = "{plugin}"
config = {{ splits = {splits} }}

[[task]]
name = "out"
load = "{plugin}"
"#
    )
}
