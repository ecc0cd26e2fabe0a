//! The smallest job there is, from start to exit: what a person waits before anything happens.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::place::Place;
use crate::process::run;
use crate::report::{Figure, Goal, Report, median};

const RUNS: usize = 15;

const PIPELINE: &str = r#"name = "one-row"

[[task]]
name = "in"
extract = "csv"
config = { path = "in.csv" }
read = ["in.csv"]

[[task]]
name = "out"
load = "jsonl"
config = { path = "out/" }
write = ["out/"]
"#;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("pipeline.toml"), PIPELINE)?;
    fs::write(folder.path().join("in.csv"), "name,count\nbubble,1\n")?;
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let ran = run(Command::new(place.bubbles()).arg("run").arg(folder.path()))?;
        times.push(ran.wall.as_secs_f64() * 1e3);
    }
    // The first run compiles the plugins.
    times.remove(0);
    report.add(Figure {
        name: String::from("`bubbles run` of one row, start to exit"),
        value: median(times),
        unit: "ms",
        yardstick: None,
        goal: Goal::AtMost(300.0),
    });
    Ok(())
}
