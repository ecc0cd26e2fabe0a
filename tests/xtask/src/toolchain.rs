//! What the Rust toolchain must have: the target of plugins, the formatter, the linter.

use anyhow::{Context as _, Result};

use crate::shell::{Project, output, run};

const TARGET: &str = "wasm32-wasip2";

/// Adds what is missing. Changes nothing where all is there.
pub(crate) fn ready(project: &Project) -> Result<()> {
    let library = output(
        project
            .command("rustc --print target-libdir --target")
            .arg(TARGET),
    )?;
    if !std::path::Path::new(library.trim()).is_dir() {
        let add = format!("rustup target add {TARGET}");
        run(&mut project.command(&add))
            .with_context(|| format!("plugins need the target {TARGET}: run `{add}`"))?;
    }
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if output(project.command("cargo").args([tool, "--version"])).is_err() {
            let add = format!("rustup component add {component}");
            run(&mut project.command(&add))
                .with_context(|| format!("`cargo {tool}` is missing: run `{add}`"))?;
        }
    }
    Ok(())
}
