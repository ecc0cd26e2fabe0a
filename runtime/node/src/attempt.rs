//! One try at running a stage over one split, on the thread of a slot.
//!
//! The chain of instances is built first, from its ends to its root, then runs:
//! what a task emits goes straight into the next one's `process`, on this
//! thread. Nothing is kept of an attempt that fails.

mod chain;
mod fault;
mod link;
mod outlet;
mod tally;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bubbles_cluster::{Prepared, Work};
use bubbles_engine as engine;
use bubbles_pipeline::{ExchangeId, Phase, StageInput};

pub(crate) use chain::open_instance;
pub(crate) use fault::{Fault, LostInput, Verdict};
pub(crate) use tally::Tally;

use crate::job::JobContext;
use crate::reach::Pull;
use crate::rejects::RejectSpool;
use crate::store::{Sealed, StoreError};
use chain::Chain;
use link::Link;

/// Producers on other nodes that are asked ahead of their turn: so many that asking takes no time
/// of its own.
const PULLS_AHEAD: usize = 3;

/// What an attempt is made with.
pub(crate) struct Assignment {
    pub(crate) job: Arc<JobContext>,
    pub(crate) work: Work,
    /// 1 for the first try.
    pub(crate) attempt: u32,
    /// How many splits the stage has.
    pub(crate) splits: u32,
    pub(crate) input: Input,
    /// One for each step of the stage.
    pub(crate) tallies: Arc<Vec<Tally>>,
    /// Set when nobody wants the outcome any more.
    pub(crate) cancelled: Arc<AtomicBool>,
}

/// What the first task of a stage reads.
pub(crate) enum Input {
    /// A piece of a source.
    Source(engine::Split),
    /// For each input in the order of `from`: what its producers' splits stored, in order.
    Exchanges(Vec<Vec<Stored>>),
}

/// What one producer stored.
pub(crate) enum Stored {
    /// In this node's store, and whose output it is.
    Here(Work, Sealed),
    /// On another node: pulled when it is its turn, and the next ones a little ahead.
    There(Pull),
}

/// What an attempt leaves when it ends well.
pub(crate) struct Produced {
    /// For each exchange out of the stage: what was stored, by partition.
    pub(crate) exchanges: Vec<(ExchangeId, Vec<Sealed>)>,
    /// What its loads prepared.
    pub(crate) receipts: Vec<Prepared>,
    /// The records it put aside.
    pub(crate) rejects: RejectSpool,
}

/// Makes the attempt.
///
/// # Errors
/// The fault of whichever task, or of this machine. What was prepared or stored
/// until then is removed.
pub(crate) fn run(assignment: &Assignment) -> Result<Produced, Fault> {
    let mut chain = Chain::build(assignment)?;
    match drive(assignment, &mut chain).and_then(|()| chain.root.finish(&chain.shared)) {
        Ok(()) => chain.into_produced(),
        Err(fault) => {
            let receipts = chain.shared.take_receipts();
            drop(chain);
            discard(&assignment.job, receipts);
            Err(fault)
        }
    }
}

fn drive(assignment: &Assignment, chain: &mut Chain) -> Result<(), Fault> {
    match &assignment.input {
        Input::Source(split) => chain.root.extract(split, &chain.shared),
        Input::Exchanges(inputs) => {
            for (number, producers) in (0u32..).zip(inputs) {
                for place in 0..producers.len() {
                    let to_read = &producers[place..];
                    read(assignment, number, to_read, &mut chain.root, &chain.shared)?;
                }
            }
            Ok(())
        }
    }
}

/// Hands all that the first of these producers stored to the root. Once it is on its way, the next
/// ones are asked: never before, so that nothing waits for what waits for it.
fn read(
    assignment: &Assignment,
    input: u32,
    producers: &[Stored],
    root: &mut Link,
    shared: &chain::Shared,
) -> Result<(), Fault> {
    let wanted = || match assignment.cancelled.load(Ordering::Relaxed) {
        true => Err(Fault::cancelled()),
        false => Ok(()),
    };
    match &producers[0] {
        Stored::Here(work, sealed) => {
            for chunk in sealed.reader() {
                wanted()?;
                let chunk = chunk.map_err(|error| read_fault(*work, error))?;
                root.receive(input, &chunk, shared)?;
            }
        }
        Stored::There(pull) => {
            let mut asked = false;
            while let Some(chunk) = pull.next(&wanted)? {
                if !asked {
                    begin(&producers[1..]);
                    asked = true;
                }
                root.receive(input, &chunk, shared)?;
            }
        }
    }
    Ok(())
}

fn begin(producers: &[Stored]) {
    for producer in producers.iter().take(PULLS_AHEAD) {
        if let Stored::There(pull) = producer {
            pull.begin();
        }
    }
}

/// What is damaged is made again by who made it.
fn read_fault(work: Work, error: StoreError) -> Fault {
    match error {
        StoreError::Corrupt { .. } => Fault::lost_input(LostInput { work, gone: true }, error),
        error => store_fault(error),
    }
}

pub(crate) fn store_fault(error: StoreError) -> Fault {
    Fault::node(error)
}

/// Removes prepared output that will not be committed. A failure to do so is
/// told, and leaves hidden files at worst.
pub(crate) fn discard(job: &Arc<JobContext>, receipts: Vec<Prepared>) {
    for Prepared { task, receipt } in receipts {
        let done = open_instance(job, task, Arc::default()).and_then(|mut instance| {
            let aborted = instance.abort(&job.tasks[task.0].config, &[receipt]);
            aborted.map_err(|error| Fault::of_call(task, error))
        });
        if let Err(fault) = done {
            let task = job.task_name(task);
            tracing::warn!(%task, message = %fault.message, "prepared output was not removed");
        }
    }
}

/// The context a task of this attempt is told.
fn context(assignment: &Assignment, task: &str, phase: Phase) -> engine::Context {
    engine::Context {
        job: assignment.job.id.to_string(),
        task: task.to_owned(),
        phase: match phase {
            Phase::Whole => engine::Phase::Whole,
            Phase::Partial => engine::Phase::Partial,
            Phase::Final => engine::Phase::Final,
        },
        split: assignment.work.split,
        splits: assignment.splits,
        attempt: assignment.attempt,
    }
}

/// Formats in which the root's inputs are stored, in the order of `from`.
fn input_formats(assignment: &Assignment) -> Vec<bubbles_pipeline::Format> {
    let plan = assignment.job.plan();
    match &plan.stages[assignment.work.stage.0].input {
        StageInput::Source => Vec::new(),
        StageInput::Exchanges(exchanges) => exchanges
            .iter()
            .map(|id| plan.exchanges[id.0].format)
            .collect(),
    }
}
