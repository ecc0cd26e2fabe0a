//! The project's folders, and commands run in them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Where the project is and where it is built.
pub(crate) struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Project {
    /// The project that this program was built from, built where this program was built.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("the crate `xtask` lies two folders below the workspace")?;
        let program = std::env::current_exe().context("this program's own path")?;
        let target = program
            .ancestors()
            .nth(2)
            .with_context(|| format!("{} is not in a target folder", program.display()))?;
        Ok(Self {
            root: root.to_owned(),
            target: target.to_owned(),
        })
    }

    /// A command that runs in the project's root, with nothing on its standard input.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut words = words.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        command
    }

    /// The same for cargo, building into this project's target folder.
    ///
    /// What cargo told this program of its own package is not handed on: build scripts that look at
    /// it (ring's does) would run again, and all that depends on them be built again.
    pub(crate) fn cargo(&self, words: &str) -> Command {
        let mut command = self.command(&format!("cargo {words}"));
        for (name, _) in std::env::vars_os() {
            let own = name.to_string_lossy();
            if own.starts_with("CARGO_PKG_") || own.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }
}

/// Shows the command, runs it, and fails where it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("cannot run `{}`", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed: {status}", shown(command))
}

/// As [`run`], handing every line of its standard output to `see` as well as to ours.
pub(crate) fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{}`", shown(command)))?;
    let stdout = child
        .stdout
        .take()
        .context("standard output was asked for")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        see(&line);
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed: {status}", shown(command))
}

/// Runs the command quietly; its standard output where it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run `{}`", shown(command)))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed: {}", shown(command), error.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs the command quietly and tells whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

/// What a person would type for the same.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}
