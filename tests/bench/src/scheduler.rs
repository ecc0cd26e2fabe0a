//! What scheduling costs, and how it grows: the leader's turns alone, with 200 nodes that are simulated.

use std::time::Instant;

use anyhow::{Result, ensure};
use bubbles_node::{Outcome, rehearsal};

use crate::report::{Figure, Goal, Report};

/// Nodes, and splits of the job.
const SIZES: [(u32, u32); 4] = [
    (10, 100_000),
    (200, 100_000),
    (200, 300_000),
    (200, 1_000_000),
];

/// Of each node.
const SLOTS: u32 = 8;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let mut first = None;
    for (nodes, splits) in SIZES {
        let folder = tempfile::tempdir()?;
        let start = Instant::now();
        let ended = rehearsal::schedule(folder.path(), nodes, SLOTS, splits)?;
        let took = start.elapsed();
        ensure!(
            matches!(ended.outcome, Outcome::Committed),
            "the job did not commit: {:?}",
            ended.outcome
        );
        let each = took.as_secs_f64() * 1e6 / f64::from(splits);
        report.add(Figure {
            name: format!("scheduling {splits} splits on {nodes} simulated nodes, each"),
            value: each,
            unit: "µs",
            yardstick: first.map(|first| ("with 10 and 100000", first)),
            goal: Goal::None,
        });
        first.get_or_insert(each);
    }
    Ok(())
}
