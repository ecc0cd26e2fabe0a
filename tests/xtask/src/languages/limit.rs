//! Commands that must end in time, and what they print.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::shell::shown;

/// How a command ended, and all that it printed.
pub(super) struct Ended {
    /// `None` for one that was killed.
    pub(super) code: Option<i32>,
    pub(super) log: String,
}

/// Runs the command with its output in the file `log`, and kills it after so long.
pub(super) fn run(command: &mut Command, log: &Path, limit: Duration) -> Result<Ended> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot run `{}`", shown(command)))?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(Duration::from_millis(10));
    };
    let mut log = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    if status.is_none() {
        log += &format!("killed after {} s\n", limit.as_secs());
    }
    Ok(Ended {
        code: status.and_then(|status| status.code()),
        log,
    })
}
