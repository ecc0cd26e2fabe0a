//! `cargo xtask chaos`: a cluster of real processes, and everything that can happen to it.

use anyhow::{Context as _, Result};

use crate::shell::{Project, run};
use crate::{guests, network, toolchain};

/// Builds what it needs, then runs it with these arguments.
pub(crate) fn chaos(project: &Project, arguments: &[&str]) -> Result<()> {
    toolchain::ready(project)?;
    network::ready();
    run(&mut project.cargo("build --release --locked --workspace --bins"))?;
    guests::build(project)?;
    let mut chaos = std::process::Command::new(project.target.join("release/chaos"));
    run(chaos.args(arguments)).context("the chaos was too much")
}
