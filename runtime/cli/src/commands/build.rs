//! `bubbles build`: compiles a plugin's folder.

use std::path::PathBuf;

use anyhow::Context as _;
use bubbles::{Home, HomeError, Talk};

use crate::interrupt::Interrupts;
use crate::{output, units};

/// Compiles a plugin to a component, and prints where that is.
#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    /// The folder of the plugin: a Rust crate.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

impl Build {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let home = Home::from_environment().and_then(|home| home.ensure().map(|()| home));
        let home = home.map_err(|error: HomeError| bubbles::RunError::from(error))?;
        let built = match bubbles::build(&self.folder, &home.cache, Talk::Stderr) {
            Ok(built) => built,
            Err(error) => {
                interrupts.check()?;
                return Err(error.into());
            }
        };
        let size = std::fs::metadata(&built.wasm)
            .with_context(|| format!("looking at {}", built.wasm.display()))?
            .len();
        let state = if built.fresh { "up to date" } else { "built" };
        output::say(&format!("{state}: {}", units::bytes(size)));
        output::print(&format!("{}\n", built.wasm.display()))?;
        Ok(0)
    }
}
