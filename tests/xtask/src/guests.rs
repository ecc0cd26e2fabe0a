//! The plugins that only tests and benchmarks run, all built by one command.

use anyhow::{Context as _, Result};

use crate::shell::{Project, run};

/// Builds them into `target/plugins`, beside the built-in plugins and from the same libraries.
pub(crate) fn build(project: &Project) -> Result<()> {
    let mut cargo = project.cargo(
        "build --locked --quiet --profile plugin --target wasm32-wasip2 --examples \
         --package hostile --package bench-guests",
    );
    cargo.env("CARGO_TARGET_DIR", project.target.join("plugins"));
    cargo
        .env("RUSTFLAGS", "-C target-feature=+simd128")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(&mut cargo).context("the guests of the tests do not build")
}
