//! Faults from a seed, while ledger jobs run; then a time without faults, in which all must end; then
//! the oracle, and a table of what was done.
//!
//! - [`dice`]: numbers from the seed; [`schedule`]: which fault when, worked out before anything runs.
//! - [`inject`]: what is done to the nodes; [`load`]: the clients and their jobs.
//! - [`tally`]: what was done and what came of it, and whether that is good.

pub mod dice;
pub mod inject;
pub mod load;
pub mod schedule;
pub mod tally;

use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, ClusterError};
use crate::job::Job;
use crate::network::Network;
use inject::Undo;
use load::{Load, Ran};
use schedule::{Fault, Schedule};
use tally::{Judged, Tally};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long there are faults.
    pub length: Duration,
    /// All that is random follows from it, but for when things really happen.
    pub seed: u64,
    /// Nodes that are no voters.
    pub workers: u8,
    /// Attempts at once on each node.
    pub slots: u32,
    /// Clients, each of which runs one job after the other.
    pub clients: u32,
}

/// Within this time after the last fault all nodes must be ready.
const NODES_RECOVER: Duration = Duration::from_secs(30);

/// Within this time after that all jobs must have ended: 15 s, and what was left to do of them, on
/// a machine that others use too.
const JOBS_RECOVER: Duration = Duration::from_secs(90);

/// Within this time after all that nothing is left in staging.
const SWEPT: Duration = Duration::from_secs(15);

/// Does it all. What is wrong with the jobs is in the tally; `say` is told how it goes.
///
/// # Errors
/// If there is no cluster to begin with, or if it does not come back when the faults are over.
pub fn run(options: &Options, say: &mut dyn FnMut(String)) -> Result<Tally, ClusterError> {
    let can_cut = Network::obstacle();
    let schedule = Schedule::new(options.seed, options.length, can_cut.is_none());
    let mut tally = Tally::new(&schedule);
    tally.no_cuts = can_cut;
    let voters = u8::try_from(crate::cluster::VOTERS).unwrap_or(u8::MAX);
    let mut cluster = Cluster::start(voters + options.workers, options.slots)?;
    say(format!(
        "{} nodes are ready, {} faults are to come, all files are in {}",
        cluster.nodes.len(),
        schedule.faults.len(),
        cluster.folder().display()
    ));
    let deadline = Instant::now() + options.length + NODES_RECOVER + JOBS_RECOVER;
    let load = Load::start(&cluster, options, deadline)?;
    let start = Instant::now();
    play(&mut cluster, &schedule, start, &mut tally, say);
    load.stop();
    let recovered = cluster.recover(NODES_RECOVER);
    say(format!("no more faults: all nodes ready in {recovered:?}"));
    tally.recovered = recovered.as_ref().ok().copied();
    if let Network::Lab(_) = &*cluster.network {
        tally.dropped_packets = cluster.network.dropped().ok();
    }
    tally.jobs = load.join().into_iter().map(judge).collect();
    if !tally.wrongs().is_empty() {
        cluster.keep();
    }
    recovered.map(|_| tally)
}

/// Asks the oracle about a job that has ended, when there are no faults any more.
fn judge(ran: Ran) -> Judged {
    let settled = |job: Job| job.settled(SWEPT).map_err(|error| error.to_string());
    Judged {
        name: ran.name,
        took: ran.took,
        verdict: ran.outcome.and_then(settled),
    }
}

/// Injects each fault at its time, and takes it back at its end.
fn play(
    cluster: &mut Cluster,
    schedule: &Schedule,
    start: Instant,
    tally: &mut Tally,
    say: &mut dyn FnMut(String),
) {
    let mut faults = schedule.faults.iter().peekable();
    let mut undos: Vec<(Duration, Undo)> = Vec::new();
    loop {
        undos.sort_by_key(|(at, _)| *at);
        let next_fault = faults.peek().map(|fault| fault.at);
        let next_undo = undos.first().map(|(at, _)| *at);
        let Some(next) = next_fault.into_iter().chain(next_undo).min() else {
            return;
        };
        thread::sleep((start + next).saturating_duration_since(Instant::now()));
        if next_undo == Some(next) {
            let (_, undo) = undos.remove(0);
            if let Err(error) = undo.apply(cluster) {
                say(format!("cannot take back a fault: {error}"));
            }
        } else if let Some(fault) = faults.next() {
            let done = inject_one(cluster, fault, tally, say);
            undos.extend(done.map(|undo| (start.elapsed() + fault.lasts, undo)));
        }
    }
}

fn inject_one(
    cluster: &mut Cluster,
    fault: &Fault,
    tally: &mut Tally,
    say: &mut dyn FnMut(String),
) -> Option<Undo> {
    let when = fault.at.as_secs_f32();
    match inject::inject(cluster, fault) {
        Ok(Some((what, undo))) => {
            tally.injected(fault.kind);
            say(format!("{when:6.1} s: {what}, for {:?}", fault.lasts));
            Some(undo)
        }
        Ok(None) => {
            say(format!("{when:6.1} s: {}: nobody to do it to", fault.kind));
            None
        }
        Err(error) => {
            say(format!("{when:6.1} s: {}: {error}", fault.kind));
            None
        }
    }
}
