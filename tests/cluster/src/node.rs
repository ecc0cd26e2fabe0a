//! One node: a process, the folder that outlives it, and where it listens.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;

use crate::cli::{self, NodeStart};
use crate::network::{Network, Place};
use crate::process::Process;
use crate::{client, http};

/// A node, running or not. Dropping it kills it.
#[derive(Debug)]
pub struct Node {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub place: Place,
    slots: u32,
    label: Option<String>,
    scratch: Option<PathBuf>,
    memory: Option<String>,
    program: PathBuf,
    folder: PathBuf,
    listen: SocketAddr,
    http: SocketAddr,
    process: Option<Process>,
    paused: bool,
}

impl Node {
    /// One that has not been started. All that it keeps is in `folder`.
    ///
    /// # Errors
    /// If there is no port to listen at.
    pub fn new(
        network: &Network,
        place: Place,
        program: &Path,
        folder: &Path,
        slots: u32,
    ) -> io::Result<Self> {
        let (listen, http) = network.listen(place)?;
        let name = format!("n{}", place.0);
        Ok(Self {
            folder: folder.join(&name),
            name,
            place,
            slots,
            label: None,
            scratch: None,
            memory: None,
            program: program.to_owned(),
            listen,
            http,
            process: None,
            paused: false,
        })
    }

    /// The same with what `on` may call it.
    #[must_use]
    pub fn labelled(mut self, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self
    }

    /// The same with another folder for chunks.
    #[must_use]
    pub fn with_scratch(mut self, folder: &Path) -> Self {
        self.scratch = Some(folder.to_owned());
        self
    }

    /// The same with so little memory for chunks that all of them go to its disk.
    #[must_use]
    pub fn with_chunks_on_disk(mut self) -> Self {
        self.memory = Some("1KiB".to_owned());
        self
    }

    /// Starts it: the first time with an invitation, if it is not the first of all; afterwards its
    /// folder says whose it is.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self, network: &Network, join: Option<&str>) -> io::Result<()> {
        let (home, admin) = (self.home(), self.data().join("admin"));
        std::fs::create_dir_all(&home)?;
        if !home.join("profile").is_symlink() {
            std::os::unix::fs::symlink(admin, home.join("profile"))?;
        }
        let mut command = network.command(self.place, &self.program);
        command.args(cli::node(&NodeStart {
            name: &self.name,
            data: &self.folder.join("data"),
            listen: self.listen,
            http: self.http,
            join,
            cache: &client::cache(),
            scratch: self.scratch.as_deref(),
            memory: self.memory.as_deref(),
            slots: self.slots,
            label: self.label.as_deref(),
        }));
        client::surround(&mut command, &self.home());
        self.process = Some(Process::start(command, &self.folder, "node")?);
        self.paused = false;
        Ok(())
    }

    /// Its home, where a person on its machine has their certificate.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The folder that outlives it.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where it listens to nodes and people.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Where its chunks go.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        let own = self.scratch.clone();
        own.unwrap_or_else(|| self.data().join("scratch"))
    }

    /// Whether its process has not ended; one that is paused runs.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::is_running)
    }

    /// Whether it runs and is not paused.
    pub fn is_well(&mut self) -> bool {
        !self.paused && self.is_running()
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(&mut self) -> io::Result<()> {
        self.paused = false;
        self.process.take().map_or(Ok(()), |mut it| it.kill())
    }

    /// Stops it where it stands: no thread of it goes on.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn pause(&mut self) -> io::Result<()> {
        self.paused = true;
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn resume(&mut self) -> io::Result<()> {
        self.paused = false;
        self.signal(Signal::CONT)
    }

    /// Asks it to end, as a service manager does; how it ended, or none if it did not by then.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn drain(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        self.signal(Signal::TERM)?;
        self.wait(limit)
    }

    /// Waits for its end; how it ended, or none if it did not by then.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        self.process.as_mut().map_or(Ok(None), |it| it.wait(limit))
    }

    /// What it says at a path of its HTTP port.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn ask(&self, network: &Network, path: &str) -> io::Result<(u16, String)> {
        http::get(network, Place::PEOPLE, self.http, path)
    }

    /// Whether it says that it is ready.
    #[must_use]
    pub fn is_ready(&self, network: &Network) -> bool {
        matches!(self.ask(network, "/readyz"), Ok((200, _)))
    }

    /// The sum of one of its metrics.
    ///
    /// # Errors
    /// If it does not answer, or has no such metric.
    pub fn metric(&self, network: &Network, name: &str) -> io::Result<f64> {
        let (_, text) = self.ask(network, "/metrics")?;
        let none = || io::Error::other(format!("{} has no metric `{name}`", self.name));
        http::metric(&text, name).ok_or_else(none)
    }

    /// Bytes of memory that it has now.
    ///
    /// # Errors
    /// If it does not run.
    pub fn resident_bytes(&self) -> io::Result<u64> {
        self.running()?.resident_bytes()
    }

    /// Of [`resident_bytes`](Self::resident_bytes), those that hold no part of a file.
    ///
    /// # Errors
    /// If it does not run.
    pub fn private_bytes(&self) -> io::Result<u64> {
        self.running()?.private_bytes()
    }

    /// Bytes of memory that it had at most since it was started.
    ///
    /// # Errors
    /// If it does not run.
    pub fn peak_bytes(&self) -> io::Result<u64> {
        self.running()?.peak_bytes()
    }

    /// Time that it has had of processors since it was started.
    ///
    /// # Errors
    /// If it does not run.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        self.running()?.cpu_time()
    }

    /// The number of its process.
    ///
    /// # Errors
    /// If it does not run.
    pub fn id(&self) -> io::Result<u32> {
        Ok(self.running()?.id())
    }

    /// What it said on its standard error in all its lives.
    #[must_use]
    pub fn said(&self) -> String {
        let path = self.folder.join("node.err");
        std::fs::read(path).map_or_else(
            |error| error.to_string(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    fn running(&self) -> io::Result<&Process> {
        let gone = || io::Error::other(format!("{} does not run", self.name));
        self.process.as_ref().ok_or_else(gone)
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        let process = self.process.as_mut();
        process.map_or(Ok(()), |it| it.signal(signal))
    }
}
