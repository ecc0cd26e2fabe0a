//! A fresh instance of a plugin that is loaded: what every attempt pays for every task.

use std::time::Instant;

use anyhow::Result;

use crate::place::Place;
use crate::report::{Figure, Goal, Report, median};
use crate::sandbox::{End, Sandbox};

const INSTANCES: usize = 10_000;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let sandbox = Sandbox::of(place, "identity")?;
    let mut made = Vec::with_capacity(INSTANCES);
    let mut made_and_dropped = Vec::with_capacity(INSTANCES);
    for _ in 0..INSTANCES {
        let start = Instant::now();
        let instance = sandbox.instance(Box::new(End))?;
        made.push(start.elapsed().as_secs_f64() * 1e6);
        drop(instance);
        made_and_dropped.push(start.elapsed().as_secs_f64() * 1e6);
    }
    report.add(Figure {
        name: String::from("fresh instance, ready to be called"),
        value: median(made),
        unit: "µs",
        yardstick: None,
        goal: Goal::AtMost(10.0),
    });
    report.add(Figure {
        name: String::from("fresh instance, made and given back"),
        value: median(made_and_dropped),
        unit: "µs",
        yardstick: None,
        goal: Goal::None,
    });
    Ok(())
}
