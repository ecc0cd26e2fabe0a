//! The plugins that only tests and benchmarks run, all built by one command.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell::{Project, run};

/// The packages that they are in.
const PACKAGES: &str = "--package hostile --package bench-guests --package ledger";

/// Builds them into `target/plugins`, beside the built-in plugins and from the same libraries.
pub(crate) fn build(project: &Project) -> Result<()> {
    let words = "build --locked --quiet --profile plugin --target wasm32-wasip2 --examples";
    let mut cargo = cargo(project, &format!("{words} {PACKAGES}"));
    run(&mut cargo).context("the guests of the tests do not build")
}

/// Lints them for the one target that they are for.
pub(crate) fn lint(project: &Project) -> Result<()> {
    let words = "clippy --locked --quiet --profile plugin --target wasm32-wasip2 --examples";
    run(&mut cargo(
        project,
        &format!("{words} {PACKAGES} -- --deny warnings"),
    ))
}

/// Where they are built.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.target.join("plugins")
}

/// Cargo, building plugins.
pub(crate) fn cargo(project: &Project, words: &str) -> Command {
    let mut cargo = project.cargo(words);
    cargo.env("CARGO_TARGET_DIR", folder(project));
    cargo
        .env("RUSTFLAGS", "-C target-feature=+simd128")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}
