//! What a node costs that has nothing to do: one that has just compiled the built-in plugins, which
//! takes the most memory of all that it does.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::nodes::{self, MIB};
use crate::report::{Figure, Goal, Report};

/// How long it is looked at.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// Compiling has ended when the node has taken no more than this of a processor over [`CALM`].
const CALM_SHARE: f64 = 0.1;

/// See [`CALM_SHARE`].
const CALM: Duration = Duration::from_secs(2);

/// Compiling the built-in plugins takes no longer.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let cache = bubbles_cluster_tests::client::cache();
    if cache.exists() {
        fs::remove_dir_all(&cache).with_context(|| format!("removing {}", cache.display()))?;
    }
    let cluster = nodes::start(1, 2)?;
    let node = &cluster.nodes[0];
    let share = |over: Duration| -> Result<f64> {
        let (began, before) = (Instant::now(), node.cpu_time()?);
        thread::sleep(over);
        let used = node.cpu_time()?.saturating_sub(before);
        Ok(used.as_secs_f64() / began.elapsed().as_secs_f64())
    };
    let start = Instant::now();
    while share(CALM)? > CALM_SHARE {
        ensure!(start.elapsed() < PATIENCE, "the node does not calm down");
    }
    let busy = share(LOOKED_AT)?;
    report.add(Figure {
        name: String::from("an idle node that has compiled its plugins: memory"),
        value: node.resident_bytes()? as f64 / MIB,
        unit: "MiB",
        yardstick: None,
        goal: Goal::AtMost(50.0),
    });
    report.add(Figure {
        name: String::from("of it, what is not the program's file"),
        value: node.private_bytes()? as f64 / MIB,
        unit: "MiB",
        yardstick: None,
        goal: Goal::None,
    });
    report.add(Figure {
        name: String::from("its share of a core"),
        value: busy * 100.0,
        unit: "%",
        yardstick: None,
        goal: Goal::AtMost(1.0),
    });
    Ok(())
}
