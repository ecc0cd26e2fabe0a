//! What a task sees of the runtime: where its chunks, rejects and log lines go.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use bubbles_engine::{Host, Level, Stopped};
use bubbles_pipeline::{ExchangeId, Format, OnError, TaskIndex};

use super::chain::{Shared, held};
use super::link::Link;
use super::{Assignment, Fault, Tally, Verdict, store_fault};
use crate::FailureKind;
use crate::formats;
use crate::job::JobContext;
use crate::partition::{PartitionError, Partitioner};
use crate::store::Writer;

/// How much of a rejected record its error message shows.
const SHOWN_BYTES: usize = 200;

/// Everything behind one task of an attempt.
pub(super) struct Outlet {
    job: Arc<JobContext>,
    pub(super) task_name: String,
    task: TaskIndex,
    step: usize,
    split: u32,
    attempt: u32,
    produces: Option<Format>,
    pub(super) on_error: OnError,
    pub(super) targets: Vec<Outward>,
    tallies: Arc<Vec<Tally>>,
    shared: Arc<Shared>,
}

/// One of the places a task's chunks go to.
pub(super) enum Outward {
    /// Straight into the next task of the stage.
    Task(Box<Link>),
    /// Into the chunk store.
    Exchange(ExchangeOutlet),
}

/// The sending end of an exchange.
pub(super) struct ExchangeOutlet {
    pub(super) id: ExchangeId,
    /// Present where rows part by key.
    pub(super) partitioner: Option<Partitioner>,
    /// One for each partition.
    pub(super) writers: Vec<Writer>,
}

impl Outlet {
    pub(super) fn new(
        assignment: &Assignment,
        step_number: usize,
        targets: Vec<Outward>,
        shared: Arc<Shared>,
    ) -> Self {
        let job = &assignment.job;
        let step = &job.plan().stages[assignment.work.stage.0].steps[step_number];
        Self {
            job: Arc::clone(job),
            task_name: job.task_name(step.task),
            task: step.task,
            step: step_number,
            split: assignment.work.split,
            attempt: assignment.attempt,
            produces: step.produces,
            on_error: job.spec.pipeline.task(step.task).on_error,
            targets,
            tallies: Arc::clone(&assignment.tallies),
            shared,
        }
    }

    fn deliver(&mut self, chunk: &[u8]) -> Result<(), Fault> {
        let Some(format) = self.produces else {
            return Err(Fault::data(self.task, "a load task has nothing to emit to"));
        };
        let rows = formats::rows(format, chunk)
            .map_err(|error| Fault::data(self.task, error))?
            .unwrap_or(0);
        self.tallies[self.step].emitted(rows, chunk.len());
        for target in &mut self.targets {
            match target {
                Outward::Task(next) => next.receive(0, chunk, &self.shared)?,
                Outward::Exchange(exchange) => exchange.push(self.task, chunk)?,
            }
        }
        Ok(())
    }

    fn reject(&mut self, bytes: &[u8], reason: &str) -> Result<(), Fault> {
        self.tallies[self.step].rejected.fetch_add(1, Relaxed);
        match self.on_error {
            OnError::Reject => self.shared.reject(&self.task_name, bytes, reason),
            OnError::Fail => {
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]);
                let ellipsis = if bytes.len() > SHOWN_BYTES {
                    " ..."
                } else {
                    ""
                };
                let message = format!("{reason}\nthe record: {}{ellipsis}", shown.trim_end());
                let kind = FailureKind::Rejected;
                Err(Fault::new(Some(self.task), kind, Verdict::Final, message))
            }
        }
    }
}

impl ExchangeOutlet {
    fn push(&mut self, task: TaskIndex, chunk: &[u8]) -> Result<(), Fault> {
        let writers = &mut self.writers;
        match &mut self.partitioner {
            None => writers[0].append(chunk).map_err(store_fault),
            Some(partitioner) => partitioner
                .push(chunk, &mut |partition, part| {
                    writers[partition].append(part)
                })
                .map_err(|error| partition_fault(task, error)),
        }
    }

    /// Flushes, and hands on what was stored.
    pub(super) fn finish(&mut self, task: TaskIndex, shared: &Shared) -> Result<(), Fault> {
        let writers = &mut self.writers;
        if let Some(partitioner) = &mut self.partitioner {
            partitioner
                .finish(&mut |partition, part| writers[partition].append(part))
                .map_err(|error| partition_fault(task, error))?;
        }
        let sealed = self.writers.drain(..).map(Writer::finish);
        let sealed = sealed.collect::<Result<Vec<_>, _>>().map_err(store_fault)?;
        shared.keep_sealed(self.id, sealed);
        Ok(())
    }
}

fn partition_fault(task: TaskIndex, error: PartitionError<crate::store::StoreError>) -> Fault {
    match error {
        PartitionError::Out(error) => store_fault(error),
        other => Fault::data(task, other),
    }
}

/// The runtime, as one task of an attempt sees it.
pub(super) struct TaskHost {
    outlet: Arc<Mutex<Outlet>>,
    cancelled: Arc<AtomicBool>,
}

impl TaskHost {
    pub(super) fn new(outlet: Arc<Mutex<Outlet>>, cancelled: Arc<AtomicBool>) -> Self {
        Self { outlet, cancelled }
    }
}

impl Host for TaskHost {
    fn emit(&mut self, chunk: &[u8]) -> Result<(), Stopped> {
        let mut outlet = held(&self.outlet);
        outlet
            .deliver(chunk)
            .map_err(|fault| outlet.shared.stop(fault))
    }

    fn reject(&mut self, bytes: &[u8], reason: &str) -> Result<(), Stopped> {
        let mut outlet = held(&self.outlet);
        outlet
            .reject(bytes, reason)
            .map_err(|fault| outlet.shared.stop(fault))
    }

    fn log(&mut self, level: Level, message: &str) {
        let outlet = held(&self.outlet);
        let place = Some((outlet.split, outlet.attempt));
        outlet
            .job
            .guest_log
            .line(&outlet.task_name, place, level, message);
    }

    fn stopped(&self) -> bool {
        self.cancelled.load(Relaxed)
    }
}

/// The runtime, as seen by a call that moves no data.
pub(super) struct QuietHost {
    job: Arc<JobContext>,
    task: TaskIndex,
    cancelled: Arc<AtomicBool>,
}

impl QuietHost {
    pub(super) fn new(job: Arc<JobContext>, task: TaskIndex, cancelled: Arc<AtomicBool>) -> Self {
        Self {
            job,
            task,
            cancelled,
        }
    }
}

impl Host for QuietHost {
    fn emit(&mut self, _chunk: &[u8]) -> Result<(), Stopped> {
        self.log(
            Level::Error,
            "a chunk was emitted where none is expected, and dropped",
        );
        Ok(())
    }

    fn reject(&mut self, _bytes: &[u8], reason: &str) -> Result<(), Stopped> {
        self.log(Level::Error, reason);
        Ok(())
    }

    fn log(&mut self, level: Level, message: &str) {
        self.job
            .guest_log
            .line(&self.job.task_name(self.task), None, level, message);
    }

    fn stopped(&self) -> bool {
        self.cancelled.load(Relaxed)
    }
}
