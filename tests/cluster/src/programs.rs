//! Where the programs and the guests are: built before, by `cargo xtask`.

use std::path::{Path, PathBuf};
use std::{env, io};

use thiserror::Error;

/// The folder of `bubbles` and `bubbles-node`; by default that of this program.
pub const PROGRAMS: &str = "BUBBLES_BIN_DIR";

/// The folder of the guests; by default where `cargo xtask guests` builds them.
pub const GUESTS: &str = "BUBBLES_GUEST_DIR";

/// Folders with what is built.
#[derive(Clone, Debug)]
pub struct Programs {
    programs: PathBuf,
    guests: PathBuf,
}

/// Why something cannot be run.
#[derive(Debug, Error)]
pub enum NotBuilt {
    /// It is not where it is built to.
    #[error("{} is not built: run `cargo xtask test`, or set {variable}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// The variable that names another folder.
        variable: &'static str,
    },
    /// Not even this program is known.
    #[error("this program's own path: {0}")]
    Nowhere(#[from] io::Error),
}

impl Programs {
    /// Those that the environment names, or those built beside this program.
    ///
    /// # Errors
    /// If this program's own path is unknown.
    pub fn find() -> Result<Self, NotBuilt> {
        let own = env::current_exe()?;
        let profile = built_to(&own);
        let beside = |path: &str| profile.join(path);
        Ok(Self {
            programs: env::var_os(PROGRAMS).map_or_else(|| profile.to_owned(), PathBuf::from),
            guests: env::var_os(GUESTS).map_or_else(
                || beside("../plugins/wasm32-wasip2/plugin/examples"),
                PathBuf::from,
            ),
        })
    }

    /// The command line of people.
    ///
    /// # Errors
    /// If it is not built.
    pub fn bubbles(&self) -> Result<PathBuf, NotBuilt> {
        expect(self.programs.join("bubbles"), PROGRAMS)
    }

    /// The program of a node.
    ///
    /// # Errors
    /// If it is not built.
    pub fn node(&self) -> Result<PathBuf, NotBuilt> {
        expect(self.programs.join("bubbles-node"), PROGRAMS)
    }

    /// A plugin of `tests/cluster/ledger/examples`.
    ///
    /// # Errors
    /// If it is not built.
    pub fn guest(&self, name: &str) -> Result<PathBuf, NotBuilt> {
        expect(self.guests.join(format!("{name}.wasm")), GUESTS)
    }
}

/// `target/release`, where this program is `target/release/chaos` or `target/release/deps/cluster-…`.
fn built_to(own: &Path) -> &Path {
    let folder = own.parent().unwrap_or(own);
    match folder.parent() {
        Some(above) if folder.ends_with("deps") => above,
        _ => folder,
    }
}

fn expect(path: PathBuf, variable: &'static str) -> Result<PathBuf, NotBuilt> {
    match path.canonicalize() {
        Ok(path) => Ok(path),
        Err(_) => Err(NotBuilt::Missing { path, variable }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_lie_one_folder_deeper_than_programs() {
        let release = Path::new("/t/release");
        assert_eq!(built_to(Path::new("/t/release/chaos")), release);
        assert_eq!(built_to(Path::new("/t/release/deps/cluster-0a1b")), release);
    }
}
