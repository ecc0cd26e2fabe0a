//! The Python package: its plugin is built, and its own tests are run on the program.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

use super::kit::{self, Kit};
use super::plugin::is_fresh;
use super::{Place, limit};
use crate::test::number;

const BUILD: Duration = Duration::from_secs(300);
const TESTS: Duration = Duration::from_secs(900);

/// What came of it.
pub(super) enum Outcome {
    Ran {
        passed: usize,
        failed: usize,
        log: String,
    },
    /// The plugin does not build, or the tests did not begin or end.
    Broken(String),
    /// There is no toolchain, for this reason.
    NotTried(String),
}

impl Outcome {
    /// What a failure has to say.
    pub(super) fn failure(&self) -> Option<&str> {
        match self {
            Self::Ran { failed: 0, .. } | Self::NotTried(_) => None,
            Self::Ran { log, .. } | Self::Broken(log) => Some(log),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ran { passed, failed, .. } => write!(f, "{passed} passed, {failed} failed"),
            Self::Broken(_) => f.write_str("BROKEN"),
            Self::NotTried(reason) => write!(f, "not tried: {reason}"),
        }
    }
}

/// Builds and tests it.
pub(super) fn test(place: &Place<'_>) -> Outcome {
    run(place).unwrap_or_else(|error| Outcome::Broken(format!("{error:#}")))
}

fn run(place: &Place<'_>) -> Result<Outcome> {
    let package = place.project.root.join("sdk/python");
    let wasm = match plugin(place)? {
        Ok(wasm) => wasm,
        Err(log) => return Ok(Outcome::Broken(log)),
    };
    let mut pytest = python(place);
    pytest
        .args(["-m", "pytest", "-p", "no:cacheprovider"])
        .current_dir(&package)
        .env("PYTHONPATH", package.join("src"))
        .env("BUBBLES_PYTHON_WASM", wasm)
        .env("BUBBLES_BIN", &place.bubbles)
        .env("BUBBLES_HOME", place.home());
    let ended = limit::run(&mut pytest, &place.folder.join("pytest.log"), TESTS)?;
    let summary = ended.log.trim_end().lines().next_back().unwrap_or_default();
    let passed = number(summary, "passed");
    let failed: usize = ["failed", "error", "errors"]
        .iter()
        .map(|word| number(summary, word))
        .sum();
    // 1 is "some failed"; without any that did, nothing is known.
    if ended.code == Some(0) || (ended.code == Some(1) && failed > 0) {
        let log = ended.log;
        return Ok(Outcome::Ran {
            passed,
            failed,
            log,
        });
    }
    Ok(Outcome::Broken(ended.log))
}

/// `python.wasm`, or the log of the build that failed. Who comes while it is built waits for it.
pub(super) fn plugin(place: &Place<'_>) -> Result<Result<PathBuf, String>> {
    static BUILDS: Mutex<()> = Mutex::new(());
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let package = place.project.root.join("sdk/python");
    let folder = place.make("plugins")?;
    let wasm = folder.join("python.wasm");
    let mut parts = vec![package.join("build.py"), package.join("../wit")];
    parts.extend([package.join("wit"), package.join("src/bubbles")]);
    parts.extend(Kit::Python.stamp(place));
    if is_fresh(&wasm, &parts)? {
        return Ok(Ok(wasm));
    }
    let mut build = python(place);
    build.arg(package.join("build.py")).arg(&folder);
    let ended = limit::run(&mut build, &folder.join("python.log"), BUILD)?;
    Ok(if ended.code == Some(0) {
        Ok(wasm)
    } else {
        Err(ended.log)
    })
}

fn python(place: &Place<'_>) -> Command {
    let mut python = Command::new(kit::environment(place).join("bin/python3"));
    // Leaves nothing among the sources.
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}
