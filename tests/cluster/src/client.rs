//! A person with the command line: a home with a certificate in it, and commands.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::cli;
use crate::network::{Network, Place};
use crate::process::{Ended, Process};

/// Longer than any command takes that is not a job.
const PATIENCE: Duration = Duration::from_secs(30);

/// A person.
#[derive(Debug)]
pub struct Client {
    program: PathBuf,
    home: PathBuf,
    commands: AtomicU32,
}

impl Client {
    /// One who runs `program` and whose home is `home`.
    #[must_use]
    pub fn new(program: &Path, home: &Path) -> Self {
        Self {
            program: program.to_owned(),
            home: home.to_owned(),
            commands: AtomicU32::new(0),
        }
    }

    /// Runs a command to its end, where people are.
    ///
    /// # Errors
    /// If it cannot be started or does not end.
    pub fn run(&self, network: &Network, words: Vec<OsString>) -> io::Result<Ended> {
        self.run_at(network, Place::PEOPLE, words)
    }

    /// The same beside a node, in its place.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_at(
        &self,
        network: &Network,
        place: Place,
        words: Vec<OsString>,
    ) -> io::Result<Ended> {
        let started = Instant::now();
        self.start(network, place, words)?.finish(started, PATIENCE)
    }

    /// Starts a command.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(
        &self,
        network: &Network,
        place: Place,
        words: Vec<OsString>,
    ) -> io::Result<Process> {
        let mut command = network.command(place, &self.program);
        command.args(words);
        surround(&mut command, &self.home);
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        Process::start(command, &self.home.join("said"), &number.to_string())
    }
}

/// The environment of all programs of one home: a profile of its own, and compiled plugins that all
/// share.
pub(crate) fn surround(command: &mut Command, home: &Path) {
    command
        .env(cli::HOME, shared().join("home"))
        .env(cli::PROFILE, home.join("profile"))
        .env_remove(cli::SCRATCH);
    // What a person has set, no test has to expect.
    let ours = [cli::HOME, cli::PROFILE, "BUBBLES_LOG"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("BUBBLES_") && !ours.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
}

/// Where the nodes of all tests have their compiled plugins.
#[must_use]
pub fn cache() -> PathBuf {
    shared().join("cache")
}

/// What outlives a test and is the same for all: compiled plugins, above all.
pub(crate) fn shared() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program.parent().map(Path::to_owned);
    beside.unwrap_or_default().join("cluster-shared")
}
