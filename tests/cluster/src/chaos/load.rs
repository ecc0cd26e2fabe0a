//! The clients of a chaos run: each runs one ledger job after the other, as a person does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Options;
use super::dice::Dice;
use crate::cli::{self, Role};
use crate::client::Client;
use crate::cluster::{Cluster, ClusterError};
use crate::job::{Job, Plan};
use crate::network::{Network, Place};
use crate::programs::Programs;

/// Clients at work. Dropping it lets them end by themselves.
#[derive(Debug)]
#[must_use]
pub struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Ran>>>,
}

/// What became of a job.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its name.
    pub name: String,
    /// How long its client waited.
    pub took: Duration,
    /// What is to be judged, or why nothing is: the client said no, or hung.
    pub outcome: Result<Job, String>,
}

struct Worker {
    client: Client,
    network: Arc<Network>,
    programs: Programs,
    folder: PathBuf,
    name: String,
    dice: Dice,
    deadline: Instant,
}

impl Load {
    /// Clients log in and begin. A job that has not ended at `deadline` never will.
    ///
    /// # Errors
    /// If somebody cannot log in.
    pub fn start(
        cluster: &Cluster,
        options: &Options,
        deadline: Instant,
    ) -> Result<Self, ClusterError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut workers = Vec::new();
        for number in 1..=options.clients {
            let name = format!("client{number}");
            workers.push(Worker {
                client: cluster.person(&name, Role::Submit)?,
                network: Arc::clone(&cluster.network),
                programs: cluster.programs().clone(),
                folder: cluster.folder().join("jobs"),
                name,
                dice: Dice::new(options.seed, number.into()),
                deadline,
            });
        }
        let begin = |mut worker: Worker| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || worker.work(&stop))
        };
        let clients = workers.into_iter().map(begin).collect();
        Ok(Self { stop, clients })
    }

    /// No new jobs from here on.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Waits for the jobs that run.
    pub fn join(self) -> Vec<Ran> {
        self.stop();
        let panicked = |_| {
            vec![Ran {
                name: "?".to_owned(),
                took: Duration::ZERO,
                outcome: Err("a client's thread panicked".to_owned()),
            }]
        };
        self.clients
            .into_iter()
            .flat_map(|client| client.join().unwrap_or_else(panicked))
            .collect()
    }
}

impl Worker {
    fn work(&mut self, stop: &AtomicBool) -> Vec<Ran> {
        let mut ran = Vec::new();
        while !stop.load(Ordering::Relaxed) && Instant::now() < self.deadline {
            let name = format!("{}-{}", self.name, ran.len() + 1);
            let started = Instant::now();
            let outcome = self.one(&name);
            let failed = outcome.is_err();
            ran.push(Ran {
                name,
                took: started.elapsed(),
                outcome,
            });
            if failed {
                // One that fails at once would fail a thousand times and hide all else.
                thread::sleep(Duration::from_secs(1));
            }
        }
        ran
    }

    /// Runs a job to its end; the error says in words what went wrong with it.
    fn one(&mut self, name: &str) -> Result<Job, String> {
        let plan = plan(&mut self.dice);
        let job = plan
            .write(&self.programs, &self.folder, name)
            .map_err(|error| error.to_string())?;
        let started = Instant::now();
        let left = self.deadline.saturating_duration_since(started);
        let ended = self
            .client
            .start(&self.network, Place::PEOPLE, cli::run(&job.pipeline))
            .and_then(|process| process.finish(started, left))
            .map_err(|error| error.to_string())?;
        if ended.code != Some(0) {
            return Err(ended.to_string());
        }
        Ok(job)
    }
}

/// A job of some seconds, so that most faults meet some in their middle.
fn plan(dice: &mut Dice) -> Plan {
    let splits = dice.between(2, 16);
    let split_ms = (0..3).map(|_| dice.between(0, 1_500)).collect();
    let partition_ms = (0..3).map(|_| dice.between(0, 2_500)).collect();
    Plan {
        parallelism: dice.between(1, 6),
        split_ms,
        partition_ms,
        steady: dice.between(0, 3) > 0,
        ..Plan::new(splits, 0)
    }
}
