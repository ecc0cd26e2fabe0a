//! Where the things to measure are.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The folders of a build, found from where this program is in it.
pub(crate) struct Place {
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Place {
    /// The target folder that this program is in.
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe().context("this program's own path")?;
        let target = program
            .ancestors()
            .nth(2)
            .context("this program is in a target folder")?;
        Ok(Self {
            target: target.to_owned(),
        })
    }

    /// The program `bubbles`.
    pub(crate) fn bubbles(&self) -> PathBuf {
        self.target.join("release/bubbles")
    }

    /// The yardstick of the flights.
    pub(crate) fn native(&self) -> PathBuf {
        self.target.join("native/release/native")
    }

    /// The path of a plugin of the benchmarks.
    pub(crate) fn guest(&self, name: &str) -> PathBuf {
        self.target
            .join(format!("plugins/wasm32-wasip2/plugin/examples/{name}.wasm"))
    }

    /// The bytes of a plugin of the benchmarks.
    pub(crate) fn read_guest(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.guest(name);
        fs::read(&path)
            .with_context(|| format!("no plugin {}: run `cargo xtask bench`", path.display()))
    }

    /// A folder for data and output of the benchmarks.
    pub(crate) fn data(&self) -> PathBuf {
        self.target.join("bench")
    }
}
