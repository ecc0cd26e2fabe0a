//! `bubbles build`: compiles a plugin.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;
use bubbles::{Home, HomeError, Talk};

use crate::interrupt::Interrupts;
use crate::{output, units};

/// Compiles a plugin to WebAssembly, and prints where that is.
#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    /// The plugin's folder (a Rust crate, or with a plugin.c, .cpp, .go, .js, .ts, .zig or .as.ts), or its file.
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// Where it is put, too.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Build {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let home = Home::from_environment().and_then(|home| home.ensure().map(|()| home));
        let home = home.map_err(|error: HomeError| bubbles::RunError::from(error))?;
        let built = match bubbles::build(&self.plugin, &home.cache, Talk::Stderr) {
            Ok(built) => built,
            Err(error) => {
                interrupts.check()?;
                return Err(error.into());
            }
        };
        let wasm = match self.out {
            None => built.wasm,
            Some(out) => copy(&built.wasm, out)
                .with_context(|| format!("copying {}", built.wasm.display()))?,
        };
        let size = fs::metadata(&wasm)
            .with_context(|| format!("looking at {}", wasm.display()))?
            .len();
        let state = if built.fresh { "up to date" } else { "built" };
        output::say(&format!("{state}: {}", units::bytes(size)));
        output::print(&format!("{}\n", wasm.display()))?;
        Ok(0)
    }
}

/// Puts it there whole, as somebody may be reading what was there before.
fn copy(wasm: &Path, out: PathBuf) -> io::Result<PathBuf> {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = out.with_file_name(name);
    fs::copy(wasm, &fresh)?;
    fs::rename(&fresh, &out)?;
    Ok(out)
}
