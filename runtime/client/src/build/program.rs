//! Finds compilers, and runs them.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::toolchain::say;
use super::{BuildError, Talk};

/// One of these programs: what the variable says, or the first that is on the path.
pub(super) fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable).filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named));
    }
    names.iter().find_map(|name| on_path(name))
}

/// All of these programs that are on the path, or the one that the variable names.
pub(super) fn find_all(variable: &str, names: &[&str]) -> Vec<PathBuf> {
    match env::var_os(variable).filter(|named| !named.is_empty()) {
        Some(named) => vec![PathBuf::from(named)],
        None => names.iter().filter_map(|name| on_path(name)).collect(),
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut found = env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|program| program.is_file())
}

/// Runs a compiler. What it says goes where `talk` says, or into the error.
pub(super) fn run(command: &mut Command, folder: &Path, talk: Talk) -> Result<(), BuildError> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    if talk == Talk::Quiet {
        command.stderr(Stdio::piped());
    } else {
        command.stderr(Stdio::inherit());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    tracing::debug!(?command, "compiling");
    let output = command.output().map_err(|source| BuildError::Start {
        program,
        folder: folder.to_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(BuildError::Compile {
        folder: folder.to_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Whether it ends well, whatever it says.
pub(super) fn succeeds(command: &mut Command) -> bool {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Tells which plugin is built.
pub(super) fn announce(name: &str, folder: &Path, talk: Talk) {
    if talk == Talk::Stderr {
        say(&format!(
            "building the plugin {name} in {}",
            folder.display()
        ));
    }
}

/// An error about a file, told with what was being done.
pub(super) fn io_error(
    folder: &Path,
    action: &'static str,
) -> impl FnOnce(io::Error) -> BuildError {
    let folder = folder.to_owned();
    move |source| BuildError::Io {
        folder,
        action,
        source,
    }
}
