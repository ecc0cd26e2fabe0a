//! A share of a processor for one process, by the kernel's control groups.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use thiserror::Error;

/// Of this many microseconds, the share is given.
const PERIOD_US: u32 = 20_000;

/// One process, held to its share until this is dropped or the process ends.
pub(super) struct Quota {
    folder: PathBuf,
}

/// The machine lets nobody be held.
#[derive(Debug, Error)]
#[error("no control group can be made here: this takes root and the cpu controller")]
pub(super) struct NoQuotas;

impl Quota {
    /// Holds a process to so much of one processor.
    pub(super) fn hold(process: u32, share: f64) -> Result<Self> {
        let name = format!("bubbles-bench-{process}");
        let quota = (f64::from(PERIOD_US) * share) as u32;
        let old = Path::new("/sys/fs/cgroup/cpu");
        let (above, files) = if old.join("cpu.cfs_quota_us").exists() {
            let files = [
                ("cpu.cfs_period_us", PERIOD_US.to_string()),
                ("cpu.cfs_quota_us", quota.to_string()),
            ];
            (old, files.to_vec())
        } else {
            let files = vec![("cpu.max", format!("{quota} {PERIOD_US}"))];
            (Path::new("/sys/fs/cgroup"), files)
        };
        let folder = above.join(name);
        fs::create_dir_all(&folder).map_err(|_| NoQuotas)?;
        let held = Self { folder };
        for (file, text) in files {
            fs::write(held.folder.join(file), text).map_err(|_| NoQuotas)?;
        }
        fs::write(held.folder.join("cgroup.procs"), process.to_string())
            .context("holding a node to its share")?;
        Ok(held)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // Whoever is in it goes back to where all others are, if it has not ended; then it can go.
        let above = self.folder.with_file_name("cgroup.procs");
        let inside = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        for process in inside.lines() {
            fs::write(&above, process).ok();
        }
        fs::remove_dir(&self.folder).ok();
    }
}
