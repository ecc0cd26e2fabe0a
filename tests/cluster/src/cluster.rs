//! All nodes of one test, and the people who use them.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use thiserror::Error;

use crate::cli::{self, JobLine, Member, Role};
use crate::client::Client;
use crate::network::{LabError, Network, Place};
use crate::node::Node;
use crate::process::Ended;
use crate::programs::{NotBuilt, Programs};
use crate::wait::{TimedOut, until};

/// The nodes that vote, where there are so many.
pub const VOTERS: usize = 3;

/// A node that starts on a busy machine.
const START: Duration = Duration::from_secs(30);

/// Nodes, their network and their folders. Dropping it kills the nodes, then removes the rest.
#[derive(Debug)]
pub struct Cluster {
    /// The first three are voters.
    pub nodes: Vec<Node>,
    /// Between them.
    pub network: Arc<Network>,
    /// Who may do everything.
    pub admin: Client,
    /// The admin of the machine of the first node.
    local: Client,
    programs: Programs,
    folder: TempDir,
}

/// Why there is no cluster, or why it did not do what was asked.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// A program is missing.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// The machine has namespaces and failed at them.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A process or a file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A node did not become ready; what it said.
    #[error("{source}; the node said:\n{said}")]
    NotReady {
        /// What was waited for.
        source: TimedOut,
        /// Its standard error.
        said: String,
    },
    /// A command failed that must not.
    #[error("`bubbles {command}` failed: {ended}")]
    Command {
        /// Its words.
        command: String,
        /// How it ended.
        ended: Box<Ended>,
    },
    /// Something did not come about.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

impl Cluster {
    /// So many nodes of so many slots, all of them ready. Nodes after the first three are workers.
    ///
    /// # Errors
    /// If one of them does not become ready.
    pub fn start(nodes: u8, slots: u32) -> Result<Self, ClusterError> {
        Self::start_with(nodes, slots, Ok)
    }

    /// The same of nodes that `change` has changed before they start.
    ///
    /// # Errors
    /// If one of them does not become ready, and those of `change`.
    pub fn start_with(
        nodes: u8,
        slots: u32,
        mut change: impl FnMut(Node) -> io::Result<Node>,
    ) -> Result<Self, ClusterError> {
        let programs = Programs::find()?;
        let (program, bubbles) = (programs.node()?, programs.bubbles()?);
        let network = Arc::new(Network::open(nodes)?);
        let folder = TempDir::with_prefix("bubbles-cluster-")?;
        let nodes = (1..=nodes)
            .map(|place| {
                Node::new(&network, Place(place), &program, folder.path(), slots)
                    .and_then(&mut change)
            })
            .collect::<io::Result<_>>()?;
        let nodes: Vec<Node> = nodes;
        let admin = Client::new(&bubbles, &folder.path().join("admin"));
        let local = Client::new(&bubbles, &nodes[0].home());
        let mut cluster = Self {
            nodes,
            local,
            network,
            admin,
            programs,
            folder,
        };
        cluster.found()?;
        Ok(cluster)
    }

    /// The first node makes the cluster, the others join it one by one, the admin logs in.
    fn found(&mut self) -> Result<(), ClusterError> {
        for index in 0..self.nodes.len() {
            let token = (index > 0).then(|| self.token(Role::Node)).transpose()?;
            self.nodes[index].start(&self.network, token.as_deref())?;
            self.ready(index, START)?;
        }
        let token = self.token(Role::Admin)?;
        let words = cli::login(&token);
        expect_done("login", self.admin.run(&self.network, words)?).map(drop)
    }

    /// A one-time invitation, from the first node's machine.
    ///
    /// # Errors
    /// If it is not given.
    pub fn token(&self, role: Role) -> Result<String, ClusterError> {
        let place = self.nodes[0].place;
        let ended = self.local.run_at(&self.network, place, cli::token(role))?;
        let ended = expect_done("token", ended)?;
        cli::read_token(&ended.stdout).ok_or(ClusterError::Command {
            command: "token".to_owned(),
            ended: Box::new(ended),
        })
    }

    /// A new person of that role, whose home is called `name`.
    ///
    /// # Errors
    /// If they cannot log in.
    pub fn person(&self, name: &str, role: Role) -> Result<Client, ClusterError> {
        let client = self.stranger(name)?;
        let words = cli::login(&self.token(role)?);
        expect_done("login", client.run(&self.network, words)?)?;
        Ok(client)
    }

    /// A new person who has not logged in.
    ///
    /// # Errors
    /// If the program is not built.
    pub fn stranger(&self, name: &str) -> Result<Client, ClusterError> {
        Ok(Client::new(
            &self.programs.bubbles()?,
            &self.folder.path().join(name),
        ))
    }

    /// Where all of it is kept: for pipelines and their output too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves all files where they are when it is dropped: what was said in them is wanted.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// What is built.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// What `bubbles nodes` says of a node.
    ///
    /// # Errors
    /// If it cannot be asked, or does not know the node.
    pub fn member(&self, index: usize) -> Result<Member, ClusterError> {
        let ended = self.admin.run(&self.network, cli::nodes())?;
        let ended = expect_done("nodes", ended)?;
        let members = cli::read_nodes(&ended.stdout).unwrap_or_default();
        let name = &self.nodes[index].name;
        let found = members.into_iter().find(|member| member.name == *name);
        found.ok_or_else(|| ClusterError::Command {
            command: "nodes".to_owned(),
            ended: Box::new(ended),
        })
    }

    /// What `bubbles jobs` says of the job of this name; none if it does not know it yet.
    ///
    /// # Errors
    /// If it cannot be asked.
    pub fn job(&self, pipeline: &str) -> Result<Option<JobLine>, ClusterError> {
        let ended = self.admin.run(&self.network, cli::jobs())?;
        let ended = expect_done("jobs", ended)?;
        let jobs = cli::read_jobs(&ended.stdout).unwrap_or_default();
        Ok(jobs.into_iter().find(|job| job.pipeline == pipeline))
    }

    /// Takes a dead node off the list and lets it in again with an empty data folder, as its errors
    /// tell people to do.
    ///
    /// # Errors
    /// If it is not ready by then.
    pub fn replace(&mut self, index: usize) -> Result<(), ClusterError> {
        let words = cli::remove(&self.nodes[index].name);
        expect_done("nodes --remove", self.admin.run(&self.network, words)?)?;
        std::fs::remove_dir_all(self.nodes[index].data())?;
        let token = self.token(Role::Node)?;
        self.nodes[index].start(&self.network, Some(&token))?;
        self.ready(index, START).map(drop)
    }

    /// Waits until a node is ready; how long it took.
    ///
    /// # Errors
    /// If it is not by then.
    pub fn ready(&mut self, index: usize, limit: Duration) -> Result<Duration, ClusterError> {
        let node = &mut self.nodes[index];
        let what = format!("{} is ready", node.name);
        let mut alive = true;
        let ready = until(&what, limit, || {
            alive = node.is_running();
            // One that has ended will never be.
            (!alive || node.is_ready(&self.network)).then_some(())
        });
        match ready {
            Ok(((), took)) if alive => Ok(took),
            outcome => Err(ClusterError::NotReady {
                source: outcome.err().unwrap_or(TimedOut { what, limit }),
                said: node.said(),
            }),
        }
    }

    /// Which node leads, as the members say that the admin can reach. None if nobody knows.
    ///
    /// # Errors
    /// If the command cannot be run at all.
    pub fn leader(&self) -> io::Result<Option<usize>> {
        let ended = self.admin.run(&self.network, cli::nodes())?;
        if ended.code != Some(0) {
            return Ok(None);
        }
        let members = cli::read_nodes(&ended.stdout).unwrap_or_default();
        let leader = members.into_iter().find(|member| member.leader);
        Ok(leader.and_then(|leader| self.nodes.iter().position(|node| node.name == leader.name)))
    }

    /// Waits for a leader other than `but`: which it is, and how long it took.
    ///
    /// # Errors
    /// If there is none by then.
    pub fn new_leader(
        &self,
        but: Option<usize>,
        limit: Duration,
    ) -> Result<(usize, Duration), ClusterError> {
        let look = || self.leader().ok().flatten().filter(|it| Some(*it) != but);
        Ok(until("there is a new leader", limit, look)?)
    }

    /// `kill -9` for every node at once.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill_all(&mut self) -> io::Result<()> {
        thread::scope(|scope| {
            let kills: Vec<_> = self
                .nodes
                .iter_mut()
                .map(|node| scope.spawn(|| node.kill()))
                .collect();
            let panicked = |_| Err(io::Error::other("a thread that kills panicked"));
            kills
                .into_iter()
                .try_for_each(|kill| kill.join().unwrap_or_else(panicked))
        })
    }

    /// Ends all faults: links are mended, who is paused goes on, who was killed starts again. All
    /// are ready after that; how long it took until the last one was.
    ///
    /// # Errors
    /// If one of them is not by then.
    pub fn recover(&mut self, limit: Duration) -> Result<Duration, ClusterError> {
        self.network.heal().map_err(io::Error::other)?;
        for node in &mut self.nodes {
            if node.is_running() {
                node.resume()?;
            } else {
                node.start(&self.network, None)?;
            }
        }
        let mut took = Duration::ZERO;
        for index in 0..self.nodes.len() {
            took += self.ready(index, limit.saturating_sub(took))?;
        }
        Ok(took)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if thread::panicking() {
            self.keep();
            #[expect(clippy::print_stderr, reason = "told to who reads why a test failed")]
            {
                eprintln!("all that was said is in {}", self.folder().display());
            }
        }
    }
}

/// The same, if it was done.
fn expect_done(command: &str, ended: Ended) -> Result<Ended, ClusterError> {
    if ended.code == Some(0) {
        return Ok(ended);
    }
    Err(ClusterError::Command {
        command: command.to_owned(),
        ended: Box::new(ended),
    })
}
