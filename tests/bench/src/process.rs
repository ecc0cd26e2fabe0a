//! A program run from start to exit, with its wall time and its peak memory.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long a program took and how much memory it had at most.
pub(crate) struct Ran {
    /// From before its start to after its exit.
    pub(crate) wall: Duration,
    /// The most that was resident, in bytes.
    pub(crate) peak_bytes: u64,
}

/// Runs the program quietly; fails where it fails, with what it said.
pub(crate) fn run(command: &mut Command) -> Result<Ran> {
    run_into(command, Stdio::null())
}

/// The same, with its standard output there.
pub(crate) fn run_into(command: &mut Command, out: impl Into<Stdio>) -> Result<Ran> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::piped());
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let status = format!("/proc/{}/status", child.id());
    let watcher = thread::spawn(move || peak_of(&status));
    let output = child.wait_with_output()?;
    let wall = start.elapsed();
    let peak_bytes = watcher
        .join()
        .map_err(|_| anyhow::anyhow!("the watcher failed"))?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(Ran { wall, peak_bytes })
}

/// The kernel keeps the peak itself: the last look before the exit is right to a few milliseconds.
fn peak_of(status: &str) -> u64 {
    let mut peak = 0;
    while let Ok(text) = fs::read_to_string(status) {
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(kib) = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok())
        else {
            break;
        };
        peak = peak.max(kib * 1024);
        thread::sleep(Duration::from_millis(5));
    }
    peak
}
