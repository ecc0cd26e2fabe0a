//! Four nodes that are each held to a quarter of a processor, beside one such node.

mod quota;

use anyhow::{Result, ensure};
use bubbles_cluster_tests::cluster::Cluster;

use crate::flights;
use crate::lines::Rows;
use crate::nodes;
use crate::place::Place;
use crate::report::{Figure, Goal, Report, median};
use quota::{NoQuotas, Quota};

/// Of a processor, for each node.
const SHARE: f64 = 0.25;

/// The flights of a year, so many times over.
const TIMES: u32 = 20;

const RUNS: usize = 3;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let one = match walls(place, 1) {
        Ok(walls) => median(walls),
        Err(error) if error.is::<NoQuotas>() => {
            eprintln!("not measured: {error}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let four = median(walls(place, 4)?);
    report.add(Figure {
        name: format!("flights ×{TIMES} on four nodes of a quarter of a core each"),
        value: four,
        unit: "s",
        yardstick: Some(("one such node", one)),
        goal: Goal::TimesYardstick(0.3),
    });
    Ok(())
}

/// How long the job takes on so many nodes.
fn walls(place: &Place, nodes: u8) -> Result<Vec<f64>> {
    let cluster = nodes::start(nodes, 1)?;
    let output = cluster.folder().join("flights");
    let text = flights::pipeline(
        &flights::input(place, TIMES)?,
        &place.guest("late"),
        &output.to_string_lossy(),
    );
    let file = nodes::write(cluster.folder().join("flights.toml"), &text)?;
    // Compiles the plugins, on all nodes.
    nodes::run(&cluster, &file)?;
    let _held = hold(&cluster)?;
    let mut walls = Vec::new();
    for _ in 0..RUNS {
        walls.push(nodes::run(&cluster, &file)?.wall.as_secs_f64());
        let rows = Rows::read(&output)?.count;
        ensure!(
            rows == u64::from(TIMES) * flights::LATE,
            "{rows} rows are not all late flights"
        );
    }
    Ok(walls)
}

fn hold(cluster: &Cluster) -> Result<Vec<Quota>> {
    let mut held = Vec::new();
    for node in &cluster.nodes {
        held.push(Quota::hold(node.id()?, SHARE)?);
    }
    Ok(held)
}
