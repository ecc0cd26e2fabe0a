//! Runs the benchmarks on real data that is fetched the first time.

use std::process::Command;

use anyhow::Result;

use crate::shell::{self, Project};
use crate::{flights, guests, languages, native, toolchain};

/// Builds what is measured, then measures: all of it, or the one benchmark of that name.
pub(crate) fn run(project: &Project, only: Option<&str>) -> Result<()> {
    toolchain::ready(project)?;
    shell::run(&mut project.cargo("build --release --locked --workspace --all-targets"))?;
    guests::build(project)?;
    if only.is_none_or(|name| name == "languages") {
        languages::only(project, Some("filter-and-derive"))?;
    }
    if only.is_none_or(|name| ["flights", "quarter", "languages"].contains(&name)) {
        flights::ready(project)?;
        native::build(project)?;
    }
    let mut bench = Command::new(project.target.join("release/bubbles-bench"));
    bench.current_dir(&project.root);
    if let Some(name) = only {
        bench.args(["--only", name]);
    }
    shell::run(&mut bench)
}
