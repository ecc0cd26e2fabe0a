//! Builds a plugin from its folder: a Rust crate, compiled by cargo to a component.

mod cargo;
mod stamp;
mod toolchain;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use stamp::Stamp;

/// What a plugin is compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// A plugin that was built, or was already up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component.
    pub wasm: PathBuf,
    /// No source had changed since it was last built.
    pub fresh: bool,
}

/// Where what a build does is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    /// The steps and cargo's own output go to standard error.
    #[default]
    Stderr,
    /// Nothing is printed; cargo's output is part of the error if it fails.
    Quiet,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder is not that of a Rust crate.
    #[error("{} holds no Cargo.toml: a plugin is a .wasm file or the folder of a Rust crate", .0.display())]
    NotACrate(PathBuf),
    /// The folder is that of a workspace, and which crate is meant is open.
    #[error("{} is a workspace: name the folder of one plugin in it", .0.display())]
    Workspace(PathBuf),
    /// The crate compiles, but to no component.
    #[error("the crate in {} makes no .wasm file", .0.display())]
    NoLibrary(PathBuf),
    /// A program that is needed is not installed.
    #[error("{program} is needed to build the plugin in {}, and it is not installed", folder.display())]
    NoProgram {
        /// Such as `cargo`.
        program: &'static str,
        /// The plugin's folder.
        folder: PathBuf,
    },
    /// The compiler cannot build for [`TARGET`], and adding that failed.
    #[error("rust's target {TARGET} is needed to build the plugin in {}, and it could not be added{}",
        folder.display(), on_a_line(said))]
    NoTarget {
        /// The plugin's folder.
        folder: PathBuf,
        /// What rustup said, where that was not already printed.
        said: String,
    },
    /// Cargo reported errors.
    #[error("the plugin in {} does not compile{}", folder.display(), on_a_line(said))]
    Compile {
        /// The plugin's folder.
        folder: PathBuf,
        /// What cargo said, where that was not already printed.
        said: String,
    },
    /// Something on the way could not be read or started.
    #[error("building the plugin in {}: {action}: {source}", folder.display())]
    Io {
        /// The plugin's folder.
        folder: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl BuildError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoLibrary(_) => {
                Some("add to its Cargo.toml: [lib] crate-type = [\"cdylib\", \"rlib\"]".to_owned())
            }
            Self::NoProgram { .. } => Some(format!(
                "install rust with this command, then try again: \
                 curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y --target {TARGET}"
            )),
            Self::NoTarget { .. } => Some(format!(
                "add it with this command, then try again: rustup target add {TARGET}"
            )),
            _ => None,
        }
    }

    /// The machine lacks something, as opposed to the plugin being wrong.
    #[must_use]
    pub fn is_environment(&self) -> bool {
        matches!(
            self,
            Self::NoProgram { .. } | Self::NoTarget { .. } | Self::Io { .. }
        )
    }
}

/// What a program said, below what we say of it.
fn on_a_line(said: &str) -> String {
    if said.trim().is_empty() {
        String::new()
    } else {
        format!("\n{}", said.trim())
    }
}

/// Builds the plugin in `folder`. If no source changed since the last time,
/// cargo is not even started: a note under `cache` tells.
///
/// Cargo works in a target folder of its own, `plugins` inside the crate's,
/// so that an outer `cargo run` never waits for its own lock.
///
/// # Errors
/// If the folder holds no plugin, a tool is missing or it does not compile.
pub fn build(folder: &Path, cache: &Path, talk: Talk) -> Result<Built, BuildError> {
    if !folder.join("Cargo.toml").is_file() {
        return Err(BuildError::NotACrate(folder.to_owned()));
    }
    let folder = folder.canonicalize().map_err(|source| BuildError::Io {
        folder: folder.to_owned(),
        action: "finding the folder",
        source,
    })?;
    let note = stamp::note(cache, &folder);
    if let Some(wasm) = Stamp::read(&note).and_then(|stamp| stamp.fresh()) {
        return Ok(Built { wasm, fresh: true });
    }
    toolchain::ensure(&folder, talk)?;
    let started = SystemTime::now();
    let wasm = cargo::build(&folder, talk)?;
    // Without a note the next build asks cargo: slower, and just as right.
    if let Some(stamp) = Stamp::of(&wasm, &folder, started) {
        stamp.write(&note);
    }
    Ok(Built { wasm, fresh: false })
}
