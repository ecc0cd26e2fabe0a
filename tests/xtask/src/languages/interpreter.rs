//! The plugins that run scripts, built where they are older than what they are made of. They lie
//! beside the program, which looks for them there.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

use super::kit::{self, Kit};
use super::{Place, limit, plugin};

const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy)]
pub(super) enum Interpreter {
    Python,
    JavaScript,
}

pub(super) const ALL: [Interpreter; 2] = [Interpreter::Python, Interpreter::JavaScript];

impl Interpreter {
    pub(super) fn kit(self) -> Kit {
        match self {
            Self::Python => Kit::Python,
            Self::JavaScript => Kit::Node,
        }
    }

    /// The plugin, or the log of the build that failed. Who comes while one is built waits for it.
    pub(super) fn build(self, place: &Place<'_>) -> Result<Result<PathBuf, String>> {
        static BUILDS: Mutex<()> = Mutex::new(());
        let _one_at_a_time = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder(place)?;
        let wasm = folder.join(format!("{self}.wasm"));
        let sdk = place.project.root.join("sdk");
        let mut parts: Vec<PathBuf> = self.parts().iter().map(|part| sdk.join(part)).collect();
        parts.extend(self.kit().stamp(place));
        if plugin::is_fresh(&wasm, &parts)? {
            return Ok(Ok(wasm));
        }
        // Whole or not at all: what lies there is used.
        let fresh = folder.join("new");
        std::fs::create_dir_all(&fresh)?;
        let made = fresh.join(format!("{self}.wasm"));
        let mut build = match self {
            Self::Python => {
                let mut build = kit::python(place);
                build.arg(sdk.join("python/build.py")).arg(&fresh);
                build
            }
            Self::JavaScript => {
                let mut build = Command::new("node");
                build
                    .current_dir(kit::node_folder(place))
                    .arg(sdk.join("javascript/build.mjs"))
                    .arg(sdk.join("javascript/interpreter/plugin.js"))
                    .arg(&made)
                    .arg("--interpreter");
                build
            }
        };
        let log = place.folder.join(format!("{self}.log"));
        let ended = limit::run(&mut build, &log, LIMIT)?;
        if ended.code != Some(0) {
            return Ok(Err(ended.log));
        }
        std::fs::rename(&made, &wasm)?;
        Ok(Ok(wasm))
    }

    /// What it is made of, below `sdk`.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["python/build.py", "python/wit", "python/src/bubbles", "wit"],
            Self::JavaScript => &["javascript", "wit"],
        }
    }
}

/// Where the program looks for them: beside itself.
pub(super) fn folder(place: &Place<'_>) -> Result<PathBuf> {
    let folder = place.project.target.join("release/interpreters");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl fmt::Display for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
        })
    }
}
