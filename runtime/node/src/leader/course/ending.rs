//! The end of a job: its decision carried out, its report made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bubbles_cluster::{Decision, JobState, Log};
use bubbles_pipeline::{Kind, TaskIndex};

use super::super::failure::{OWN_FAILURES, back_off, job_failure};
use super::{Course, Ticket};
use crate::attempt::{Fault, Verdict};
use crate::job::JobContext;
use crate::rejects;
use crate::slots::{Done, Order};
use crate::{FailureKind, JobFailure, JobReport, Outcome};

/// How often a commit or an abort is tried: with the back-off, some ten minutes.
const TRIES: u32 = 15;

/// A decision on its way.
pub(super) struct Ending {
    decision: Decision,
    /// Loads whose receipts are still to be committed or aborted.
    pending: BTreeMap<TaskIndex, Pending>,
    published: BTreeMap<TaskIndex, Vec<String>>,
    failure: Option<JobFailure>,
}

struct Pending {
    receipts: Vec<Vec<u8>>,
    tries: u32,
    due: Instant,
    running: bool,
}

impl Ending {
    /// Every load takes part in a commit, also one that nothing reached: its
    /// older output has to go. In an abort, those that prepared something.
    pub(super) fn new(decision: Decision, context: &JobContext, agreed: &JobState) -> Self {
        let mut pending = BTreeMap::new();
        for (index, task) in context.pipeline.tasks().iter().enumerate() {
            let receipts: Vec<Vec<u8>> = agreed
                .receipts()
                .filter(|prepared| prepared.task.0 == index)
                .map(|prepared| prepared.receipt.clone())
                .collect();
            if task.kind == Kind::Load && (decision == Decision::Commit || !receipts.is_empty()) {
                let due = Instant::now();
                let load = Pending {
                    receipts,
                    tries: 0,
                    due,
                    running: false,
                };
                pending.insert(TaskIndex(index), load);
            }
        }
        Self {
            decision,
            pending,
            published: BTreeMap::new(),
            failure: None,
        }
    }

    pub(super) fn decision(&self) -> Decision {
        self.decision
    }

    pub(super) fn is_over(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn next(&mut self, context: &Arc<JobContext>) -> Option<(Ticket, Order)> {
        let now = Instant::now();
        let (task, load) = self
            .pending
            .iter_mut()
            .find(|(_, load)| !load.running && load.due <= now)?;
        load.running = true;
        load.tries += 1;
        let job = Arc::clone(context);
        let (task, receipts) = (*task, load.receipts.clone());
        let order = match self.decision {
            Decision::Commit => Order::Commit {
                job,
                task,
                receipts,
            },
            Decision::Abort => Order::Abort {
                job,
                task,
                receipts,
            },
        };
        Some((Ticket::End(task), order))
    }

    pub(super) fn done(&mut self, context: &JobContext, task: TaskIndex, done: Done) {
        let outcome = match done {
            Done::Committed(outcome) => outcome,
            Done::Aborted(outcome) => outcome.map(|()| Vec::new()),
            _ => unreachable!("an order is answered in kind"),
        };
        match outcome {
            Ok(urls) => {
                self.pending.remove(&task);
                self.published.insert(task, urls);
            }
            Err(fault) => self.failed(context, task, fault),
        }
    }

    /// After the decision there is only forward: tried again, also what calls
    /// itself fatal, until it has failed for minutes. A plugin that traps or hits a
    /// limit gets no more chances than in an attempt.
    fn failed(&mut self, context: &JobContext, task: TaskIndex, fault: Fault) {
        let load = self.pending.get_mut(&task).expect("it was pending");
        load.running = false;
        let tries = match fault.verdict {
            Verdict::Counts => OWN_FAILURES,
            _ => TRIES,
        };
        if load.tries < tries {
            tracing::warn!(task = context.task_name(task), message = %fault.message,
                "the decision could not be carried out and is tried again");
            load.due = Instant::now() + back_off(Verdict::Transient, load.tries);
            return;
        }
        let tries = load.tries;
        self.pending.remove(&task);
        let what = match self.decision {
            Decision::Commit => {
                "the job is decided, but its output could not all be made visible; \
                 what is still hidden lies beside it"
            }
            Decision::Abort => "prepared output could not be removed",
        };
        let message = format!("{what}: {}", fault.message);
        let fault = Fault::new(
            Some(task),
            FailureKind::Environment,
            Verdict::Final,
            message,
        );
        self.failure
            .get_or_insert(job_failure(&context.pipeline, fault, None, tries));
    }
}

impl Course {
    /// Leaves what a job leaves, and reports.
    pub(crate) fn end(mut self, log: &Log) {
        let ending = self.ending.take().expect("a job that is over was ended");
        let mut failure = self.failure.take().or(ending.failure);
        if ending.decision == Decision::Commit && failure.is_none() {
            failure = self.keep_bookmarks(log).err();
        }
        let rejects_file = self.context.folder.join("rejects.jsonl");
        let spools = std::mem::take(&mut self.rejects).into_iter();
        let spools = spools.map(|(work, spool)| (work.split, spool));
        let rejects = match rejects::commit(&rejects_file, spools) {
            Ok(written) => written.then_some(rejects_file),
            Err(error) => {
                failure.get_or_insert(self.environment_failure(&error));
                None
            }
        };
        let outcome = match failure {
            Some(failure) => Outcome::Failed(failure),
            None if ending.decision == Decision::Abort => Outcome::Cancelled,
            None => Outcome::Committed,
        };
        self.show(log);
        self.board.end(JobReport {
            job: self.context.id.to_string(),
            pipeline: self.context.pipeline.name().to_owned(),
            outcome,
            elapsed_seconds: self.started.elapsed().as_secs_f64(),
            tasks: self.tallies.report(&self.context, &ending.published),
            rejects,
            log: self.context.guest_log.file(),
        });
    }

    fn keep_bookmarks(&self, log: &Log) -> Result<(), JobFailure> {
        for (index, stage) in self.agreed(log).stages.iter().enumerate() {
            let Some(bookmark) = &stage.bookmark else {
                continue;
            };
            let task = self.context.plan.stages[index].steps[0].task;
            self.state
                .keep_bookmark(&self.key, &self.context.task_name(task), bookmark)
                .map_err(|error| self.environment_failure(&error))?;
        }
        Ok(())
    }

    fn environment_failure(&self, error: &dyn std::error::Error) -> JobFailure {
        let fault = Fault::environment(format!("the job's folder cannot be written: {error}"));
        job_failure(&self.context.pipeline, fault, None, 1)
    }
}
