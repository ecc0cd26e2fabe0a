//! The end of a job: its decision carried out, its report made.

use std::collections::BTreeMap;
use std::time::Instant;

use bubbles_cluster::{Command, Counts, Decision, JobId, JobSpec, JobState};
use bubbles_pipeline::{Kind, TaskIndex};

use super::super::clock;
use super::super::failure::{OWN_FAILURES, back_off, job_failure};
use super::super::hands::Hands;
use super::{Course, Ticket, receipts_of};
use crate::agreement::{Agreement, Deposed};
use crate::attempt::{Fault, Verdict};
use crate::order::{Done, Order, SpoolPlace};
use crate::{FailureKind, JobFailure, JobReport, Outcome};

/// How often a commit or an abort is tried: with the back-off, some ten minutes.
const TRIES: u32 = 15;

/// A decision on its way.
pub(super) struct Ending {
    job: JobId,
    decision: Decision,
    /// Loads whose receipts are still to be committed or aborted.
    pending: BTreeMap<TaskIndex, Pending>,
    /// Loads with receipts that count no more: to be removed, or left after some tries.
    strays: BTreeMap<TaskIndex, Pending>,
    rejects: Rejects,
    failure: Option<JobFailure>,
}

struct Pending {
    tries: u32,
    due: Instant,
    running: bool,
}

impl Pending {
    fn due(due: Instant) -> Self {
        Self {
            tries: 0,
            due,
            running: false,
        }
    }

    fn begin(&mut self) {
        self.running = true;
        self.tries += 1;
    }

    /// It went with its node: that was no try.
    fn lost(&mut self) {
        self.running = false;
        self.tries -= 1;
    }

    /// It is tried again, later.
    fn failed(&mut self) {
        self.running = false;
        self.due = clock::now() + back_off(Verdict::Transient, self.tries);
    }
}

/// A load whose turn it is.
fn next_due(loads: &BTreeMap<TaskIndex, Pending>) -> Option<TaskIndex> {
    let now = clock::now();
    let due = |load: &Pending| !load.running && load.due <= now;
    let found = loads.iter().find(|(_, load)| due(load));
    found.map(|(task, _)| *task)
}

/// How often what failed so is tried.
fn tries_for(fault: &Fault) -> u32 {
    match fault.verdict {
        Verdict::Counts => OWN_FAILURES,
        _ => TRIES,
    }
}

/// The job's file of rejects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rejects {
    Ungathered,
    Gathering,
    Gathered(bool),
}

impl Ending {
    /// Every load takes part in a commit, also one that nothing reached: its
    /// older output has to go. In an abort, those that prepared something.
    pub(super) fn new(job: JobId, decision: Decision, agreed: &JobState) -> Self {
        let loads = (0..)
            .map(TaskIndex)
            .zip(agreed.spec.pipeline.tasks())
            .filter(|(_, task)| task.kind == Kind::Load)
            .map(|(index, _)| index);
        let prepared = |task: &TaskIndex| agreed.receipts().any(|it| it.task == *task);
        let pending = loads.filter(|task| decision == Decision::Commit || prepared(task));
        let now = clock::now();
        let begin = |task| (task, Pending::due(now));
        Self {
            job,
            decision,
            pending: pending
                .filter(|task| !agreed.settled.contains_key(task))
                .map(begin)
                .collect(),
            strays: agreed.strays.iter().map(|it| begin(it.task)).collect(),
            rejects: Rejects::Ungathered,
            failure: None,
        }
    }

    pub(super) fn decision(&self) -> Decision {
        self.decision
    }

    pub(super) fn is_over(&self) -> bool {
        self.pending.is_empty()
            && self.strays.is_empty()
            && matches!(self.rejects, Rejects::Gathered(_))
    }

    /// Gives what is to be done now, as far as slots are free.
    pub(super) fn give(&mut self, agreed: &JobState, hands: &mut Hands) {
        while let Some(task) = next_due(&self.pending) {
            let Some(node) = hands.any_free(agreed.spec.pipeline.task(task).on.as_ref()) else {
                return;
            };
            self.pending.entry(task).and_modify(Pending::begin);
            let job = self.job.clone();
            let receipts = receipts_of(agreed.receipts(), task);
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
            hands.give(node, &agreed.spec, Ticket::End(task), order);
        }
        while let Some(task) = next_due(&self.strays) {
            let Some(node) = hands.any_free(agreed.spec.pipeline.task(task).on.as_ref()) else {
                return;
            };
            self.strays.entry(task).and_modify(Pending::begin);
            let order = Order::Abort {
                job: self.job.clone(),
                task,
                receipts: receipts_of(agreed.strays.iter(), task),
            };
            hands.give(node, &agreed.spec, Ticket::Stray(task), order);
        }
        if self.rejects == Rejects::Ungathered && self.pending.is_empty() {
            self.give_rejects(agreed, hands);
        }
    }

    /// The file of rejects is made on the leader's own node.
    fn give_rejects(&mut self, agreed: &JobState, hands: &mut Hands) {
        let put_aside =
            |counts: &[Counts]| -> u64 { counts.iter().map(|counts| counts.rejected).sum() };
        let spools: Vec<SpoolPlace> = agreed
            .completed()
            .map(|(work, done)| SpoolPlace {
                node: done.node,
                work,
                attempt: done.attempt,
                rejected: put_aside(&done.outcome.counts),
            })
            .filter(|place| place.rejected > 0)
            .collect();
        if spools.is_empty() {
            self.rejects = Rejects::Gathered(false);
            return;
        }
        let here = hands.here();
        let Some(node) = here.and_then(|here| hands.free_slot_of(here)) else {
            return;
        };
        self.rejects = Rejects::Gathering;
        let job = self.job.clone();
        let order = Order::Rejects { job, spools };
        hands.give(node, &agreed.spec, Ticket::Rejects, order);
    }

    /// An order went with its node: it is given again.
    pub(super) fn lost(&mut self, ticket: &Ticket) {
        match ticket {
            Ticket::End(task) => {
                self.pending.entry(*task).and_modify(Pending::lost);
            }
            Ticket::Stray(task) => {
                self.strays.entry(*task).and_modify(Pending::lost);
            }
            Ticket::Rejects => self.rejects = Rejects::Ungathered,
            Ticket::Plan(_) | Ticket::Attempt(_) | Ticket::Forgotten => {}
        }
    }

    pub(super) fn answered(
        &mut self,
        log: &mut Agreement,
        spec: &JobSpec,
        ticket: Ticket,
        done: Done,
    ) -> Result<(), Deposed> {
        match (ticket, done) {
            (Ticket::End(task), Done::Committed(outcome)) => self.settled(log, spec, task, outcome),
            (Ticket::End(task), Done::Aborted(outcome)) => {
                self.settled(log, spec, task, outcome.map(|()| Vec::new()))
            }
            (Ticket::Stray(task), Done::Aborted(outcome)) => {
                self.stray_removed(task, outcome);
                Ok(())
            }
            (Ticket::Rejects, Done::Rejects(outcome)) => {
                self.rejects = Rejects::Gathered(matches!(outcome, Ok(true)));
                if let Err(fault) = outcome {
                    self.failure
                        .get_or_insert(job_failure(&spec.pipeline, fault, None, 1));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What cannot be removed is left in the end: hidden files at worst.
    fn stray_removed(&mut self, task: TaskIndex, outcome: Result<(), Fault>) {
        let tries = self.strays.get(&task).map_or(TRIES, |stray| stray.tries);
        match outcome {
            Err(fault) if tries < tries_for(&fault) => {
                self.strays.entry(task).and_modify(Pending::failed);
            }
            outcome => {
                self.strays.remove(&task);
                if let Err(fault) = outcome {
                    tracing::warn!(job = %self.job, message = %fault.message,
                        "what attempts prepared that count no more was not removed");
                }
            }
        }
    }

    fn settled(
        &mut self,
        log: &mut Agreement,
        spec: &JobSpec,
        task: TaskIndex,
        outcome: Result<Vec<String>, Fault>,
    ) -> Result<(), Deposed> {
        match outcome {
            Ok(published) => {
                self.pending.remove(&task);
                let job = self.job.clone();
                let settle = Command::Settle {
                    job,
                    task,
                    published,
                };
                log.say(settle)?.expect("a decided job settles");
            }
            Err(fault) => self.failed(spec, task, fault),
        }
        Ok(())
    }

    /// After the decision there is only forward: tried again, also what calls
    /// itself fatal, until it has failed for minutes. A plugin that traps or hits a
    /// limit gets no more chances than in an attempt.
    fn failed(&mut self, spec: &JobSpec, task: TaskIndex, fault: Fault) {
        let Some(load) = self.pending.get_mut(&task) else {
            return;
        };
        if load.tries < tries_for(&fault) {
            let name = &spec.pipeline.task(task).name;
            tracing::warn!(job = %self.job, task = %name, message = %fault.message,
                "the decision could not be carried out and is tried again");
            return load.failed();
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
        let kind = FailureKind::Environment;
        let fault = Fault::new(Some(task), kind, Verdict::Final, message);
        self.failure
            .get_or_insert(job_failure(&spec.pipeline, fault, None, tries));
    }
}

impl Course {
    /// Leaves what a job leaves, reports, and has the job forgotten where nobody will ask again.
    pub(in super::super) fn end(
        mut self,
        log: &mut Agreement,
        hands: &mut Hands,
    ) -> Result<(), Deposed> {
        let ending = self.ending.take().expect("a job that is over was ended");
        // What could not be made visible stays hidden, for people to look at.
        let sweeps = self.lost && ending.failure.is_none();
        let mut failure = self.failure.take().or(ending.failure);
        if ending.decision == Decision::Commit && failure.is_none() {
            failure = self.keep_bookmarks(log).err();
        }
        let outcome = match failure {
            Some(failure) => Outcome::Failed(failure),
            None if ending.decision == Decision::Abort => Outcome::Cancelled,
            None => Outcome::Committed,
        };
        let report = log.read(|state| {
            let agreed = state.job(&self.id).expect("a job is agreed until it ends");
            self.show(agreed, hands);
            let (splits_done, splits) = agreed.splits();
            JobReport {
                job: self.id.to_string(),
                pipeline: self.spec.pipeline.name().to_owned(),
                outcome,
                elapsed_seconds: clock::now()
                    .saturating_duration_since(self.started)
                    .as_secs_f64(),
                splits_done,
                splits,
                tasks: self.tallies.report(&self.spec, &agreed.settled),
                node: log.name(),
                rejects: self
                    .board
                    .file("rejects.jsonl", ending.rejects == Rejects::Gathered(true)),
                log: self.board.file("log.txt", true),
            }
        });
        let (seconds, ended) = (report.elapsed_seconds, report.outcome.word());
        tracing::info!(job = %self.id, pipeline = %report.pipeline, seconds, "the job {ended}");
        let job = self.id.clone();
        log.say(Command::Finish {
            job,
            report: report.to_bytes(),
        })?
        .expect("an ending job is decided");
        hands.end(&self.id, sweeps);
        self.board.end(report);
        log.ended(&self.id)
    }

    fn keep_bookmarks(&self, log: &Agreement) -> Result<(), JobFailure> {
        log.read(|state| {
            let agreed = state.job(&self.id).expect("a job is agreed until it ends");
            for (planned, stage) in self.spec.plan.stages.iter().zip(&agreed.stages) {
                let Some(bookmark) = &stage.bookmark else {
                    continue;
                };
                let task = self.spec.pipeline.task(planned.steps[0].task);
                log.keep_bookmark(&self.spec.bookmarks, &task.name.to_string(), bookmark)
                    .map_err(|error| {
                        let message = format!("the job's bookmark cannot be kept: {error}");
                        let fault = Fault::environment(message);
                        job_failure(&self.spec.pipeline, fault, None, 1)
                    })?;
            }
            Ok(())
        })
    }
}
