//! Chunks from node to node: a stream of the transport, beside one of quinn with the same crypto.

mod bare;
mod ours;

use std::time::Duration;

use anyhow::Result;
use bubbles_transport::{Authority, Identity, PrivateKey, Role, Validity};

use crate::report::{Figure, Goal, Report, median};

/// A block of chunks as a node's store ships it.
const BLOCK: usize = 1 << 20;

/// Blocks of one run: a gibibyte.
const BLOCKS: usize = 1 << 10;

/// Of either, by turns.
const RUNS: usize = 7;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        for _ in 0..RUNS {
            ours.push(rate(ours::carry().await?));
            bare.push(rate(bare::carry().await?));
        }
        anyhow::Ok(())
    })?;
    report.add(Figure {
        name: String::from("chunks from node to node, over loopback"),
        value: median(ours),
        unit: "MiB/s",
        yardstick: Some(("bare quinn", median(bare))),
        goal: Goal::TimesYardstickAtLeast(0.9),
    });
    Ok(())
}

fn rate(took: Duration) -> f64 {
    (BLOCK * BLOCKS) as f64 / f64::from(1 << 20) / took.as_secs_f64()
}

/// One that both sides of either connection believe.
fn identity(authority: &Authority, name: &str) -> Result<Identity> {
    let name = name.parse()?;
    Ok(authority.identity(&name, Role::Node, validity(), PrivateKey::generate()?)?)
}

fn authority() -> Result<Authority> {
    Ok(Authority::new(PrivateKey::generate()?, validity())?)
}

fn validity() -> Validity {
    Validity::starting(std::time::SystemTime::now(), Duration::from_secs(3_600))
}
