//! The benchmarks' yardstick in plain Rust, a workspace of its own.

use std::process::Command;

use anyhow::Result;

use crate::shell::{Project, run};

const MANIFEST: &str = "--manifest-path tests/bench/native/Cargo.toml";

/// Builds it into `target/native`.
pub(crate) fn build(project: &Project) -> Result<()> {
    run(&mut cargo(
        project,
        &format!("build --release --locked --quiet {MANIFEST}"),
    ))
}

/// Whether it is written as the rest is.
pub(crate) fn check_format(project: &Project) -> Result<()> {
    run(&mut cargo(project, &format!("fmt --check {MANIFEST}")))
}

fn cargo(project: &Project, words: &str) -> Command {
    let mut cargo = project.cargo(words);
    cargo.env("CARGO_TARGET_DIR", project.target.join("native"));
    cargo
}
