//! Makes sure that this machine can compile for WebAssembly.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BuildError, TARGET, Talk};

/// Looks for cargo, rustc and the target's standard library, and has rustup
/// add the last if it is missing.
pub(super) fn ensure(folder: &Path, talk: Talk) -> Result<(), BuildError> {
    if has_target(folder)? {
        return Ok(());
    }
    if talk == Talk::Stderr {
        say(&format!(
            "adding rust's target {TARGET}: rustup target add {TARGET}"
        ));
    }
    let failed = |said: String| BuildError::NoTarget {
        folder: folder.to_owned(),
        said,
    };
    let output = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(if talk == Talk::Stderr {
            Stdio::inherit()
        } else {
            Stdio::piped()
        })
        .output()
        .map_err(|error| failed(format!("rustup: {error}")))?;
    if output.status.success() && has_target(folder)? {
        Ok(())
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Whether the compiler that is in force in `folder` knows the target.
fn has_target(folder: &Path) -> Result<bool, BuildError> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started("rustc", folder, error))?;
    let library = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(library.trim()).is_dir())
}

/// The error for a program that could not be started.
pub(super) fn not_started(program: &'static str, folder: &Path, error: io::Error) -> BuildError {
    let folder = folder.to_owned();
    if error.kind() == io::ErrorKind::NotFound {
        BuildError::NoProgram {
            program,
            folder,
            install: format!(
                "curl --proto '=https' -sSf https://sh.rustup.rs | sh -s -- -y --target {TARGET}"
            ),
        }
    } else {
        BuildError::Io {
            folder,
            action: "starting the compiler",
            source: error,
        }
    }
}

/// Tells what is being done. Nobody listening is no reason to stop.
pub(super) fn say(line: &str) {
    let _ignored: io::Result<()> = writeln!(io::stderr(), "{line}");
}
