//! The course of one job, from its submission to its report.
//!
//! What is agreed stands in the log. Here is the rest: the data that attempts
//! left, what runs now, what waits, and how the job is brought to its end.

mod ending;
mod tallies;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bubbles_cluster::{Answer, Command, Decision, JobState, Log, Prepared, Work, ready};
use bubbles_engine as engine;
use bubbles_pipeline::{ExchangeId, ExchangeMode, StageId, StageInput, TaskIndex};

use super::Submission;
use super::failure::{back_off, class, goes_on, job_failure};
use crate::attempt::{Assignment, Fault, Input, Produced, Verdict};
use crate::job::{Board, JobContext};
use crate::rejects::RejectSpool;
use crate::slots::{Done, Order};
use crate::state_folder::{PipelineKey, StateFolder};
use crate::store::Sealed;
use crate::{JobFailure, JobPhase};
use ending::Ending;
use tallies::Tallies;

/// A node that stands alone is never fenced.
const EPOCH: u64 = 1;

/// What a slot does for a job.
#[derive(Clone, Debug)]
pub(crate) enum Ticket {
    /// Plans the source of this stage.
    Plan(StageId),
    /// Makes an attempt.
    Attempt { work: Work, attempt: u32 },
    /// Commits or aborts what this load prepared.
    End(TaskIndex),
    /// Removes what a superseded attempt prepared.
    Stray,
}

/// A job on its way.
pub(crate) struct Course {
    context: Arc<JobContext>,
    board: Arc<Board>,
    key: PipelineKey,
    state: StateFolder,
    started: Instant,
    /// Seen by the guests that run for this job.
    stop: Arc<AtomicBool>,
    cancelled: bool,
    failure: Option<JobFailure>,
    /// Sources still to be planned, with their failures so far and when to try.
    unplanned: VecDeque<(StageId, u32, Instant)>,
    planning: BTreeMap<StageId, u32>,
    sources: BTreeMap<StageId, Vec<engine::Split>>,
    /// What each split stored for each exchange, by partition.
    stored: BTreeMap<(ExchangeId, u32), Vec<Sealed>>,
    rejects: BTreeMap<Work, RejectSpool>,
    tallies: Tallies,
    /// Splits whose next attempt has to wait.
    waiting: BTreeMap<Work, Instant>,
    strays: Vec<Prepared>,
    strays_running: usize,
    ending: Option<Ending>,
}

impl Course {
    pub(crate) fn new(submission: Submission, state: StateFolder) -> Self {
        let Submission {
            context,
            board,
            key,
        } = submission;
        let now = Instant::now();
        let sources = (0..context.plan.stages.len())
            .filter(|stage| context.plan.stages[*stage].input == StageInput::Source);
        Self {
            unplanned: sources.map(|stage| (StageId(stage), 0, now)).collect(),
            tallies: Tallies::new(&context.plan),
            context,
            board,
            key,
            state,
            started: now,
            stop: Arc::default(),
            cancelled: false,
            failure: None,
            planning: BTreeMap::new(),
            sources: BTreeMap::new(),
            stored: BTreeMap::new(),
            rejects: BTreeMap::new(),
            waiting: BTreeMap::new(),
            strays: Vec::new(),
            strays_running: 0,
            ending: None,
        }
    }

    /// Stops the job, if it is not decided yet.
    pub(crate) fn cancel(&mut self, log: &mut Log) {
        if self.ending.is_none() {
            self.cancelled = true;
            self.stop.store(true, Ordering::Relaxed);
            self.settle(log);
        }
    }

    fn fail(&mut self, failure: JobFailure) {
        self.failure.get_or_insert(failure);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.cancelled || self.failure.is_some()
    }

    fn agreed<'a>(&self, log: &'a Log) -> &'a JobState {
        log.state()
            .job(&self.context.id)
            .expect("a job is in the log while it has a course")
    }

    /// What a free slot should do for this job, if anything.
    pub(crate) fn next(&mut self, log: &mut Log) -> Option<(Ticket, Order)> {
        if let Some(prepared) = self.strays.pop() {
            self.strays_running += 1;
            let Prepared { task, receipt } = prepared;
            let job = Arc::clone(&self.context);
            return Some((
                Ticket::Stray,
                Order::Abort {
                    job,
                    task,
                    receipts: vec![receipt],
                },
            ));
        }
        if let Some(ending) = &mut self.ending {
            return ending.next(&self.context);
        }
        if self.is_stopping() {
            return None;
        }
        self.next_plan().or_else(|| self.next_attempt(log))
    }

    fn next_plan(&mut self) -> Option<(Ticket, Order)> {
        let now = Instant::now();
        let place = self.unplanned.iter().position(|(_, _, due)| *due <= now)?;
        let (stage, failures, _) = self.unplanned.remove(place).expect("found above");
        let task = self.context.plan.stages[stage.0].steps[0].task;
        let name = self.context.task_name(task);
        let bookmark = match self.state.bookmark(&self.key, &name) {
            Ok(bookmark) => bookmark,
            Err(error) => {
                let fault = Fault::environment(format!("the bookmark cannot be read: {error}"));
                self.fail(job_failure(&self.context.pipeline, fault, None, 1));
                return None;
            }
        };
        self.planning.insert(stage, failures);
        let job = Arc::clone(&self.context);
        let cancelled = Arc::clone(&self.stop);
        Some((
            Ticket::Plan(stage),
            Order::Plan {
                job,
                task,
                bookmark,
                cancelled,
            },
        ))
    }

    /// The latest stage first: what is nearest to its end frees the most.
    fn next_attempt(&mut self, log: &mut Log) -> Option<(Ticket, Order)> {
        let now = Instant::now();
        let work = ready(self.agreed(log))
            .filter(|work| self.waiting.get(work).is_none_or(|due| *due <= now))
            .filter(|work| {
                let cap = self.context.plan.stages[work.stage.0].parallelism;
                cap.is_none_or(|cap| self.tallies.running(work.stage) < cap.get() as usize)
            })
            .max_by_key(|work| (work.stage, std::cmp::Reverse(work.split)))?;
        self.waiting.remove(&work);
        let job = self.context.id.clone();
        let answer = log
            .propose(Command::Assign {
                job,
                work,
                epoch: EPOCH,
            })
            .expect("what is ready may be assigned");
        let Answer::Assigned { attempt } = answer else {
            unreachable!("an assignment is answered by its number");
        };
        let assignment = Assignment {
            job: Arc::clone(&self.context),
            work,
            attempt,
            splits: self.agreed(log).stages[work.stage.0].width(),
            input: self.input(work),
            tallies: self.tallies.start(work),
            cancelled: Arc::clone(&self.stop),
        };
        Some((
            Ticket::Attempt { work, attempt },
            Order::Attempt(assignment),
        ))
    }

    /// All that an attempt at this work reads.
    fn input(&self, work: Work) -> Input {
        let StageInput::Exchanges(exchanges) = &self.context.plan.stages[work.stage.0].input else {
            return Input::Source(self.sources[&work.stage][work.split as usize].clone());
        };
        let inputs = exchanges.iter().map(|exchange| {
            let mode = &self.context.plan.exchanges[exchange.0].mode;
            let (splits, partition) = match mode {
                ExchangeMode::Forward => (work.split..=work.split, 0),
                ExchangeMode::PartitionBy(_) => (0..=u32::MAX, work.split as usize),
                ExchangeMode::Gather | ExchangeMode::Broadcast => (0..=u32::MAX, 0),
            };
            let (first, last) = splits.into_inner();
            let stored = self.stored.range((*exchange, first)..=(*exchange, last));
            stored
                .map(|(_, partitions)| partitions[partition].clone())
                .collect()
        });
        Input::Exchanges(inputs.collect())
    }

    /// Takes what came of an order.
    pub(crate) fn done(&mut self, log: &mut Log, ticket: Ticket, done: Done) {
        match (ticket, done) {
            (Ticket::Plan(stage), Done::Planned(outcome)) => self.planned(log, stage, outcome),
            (Ticket::Attempt { work, attempt }, Done::Attempted(outcome)) => {
                self.attempted(log, work, attempt, outcome);
            }
            (Ticket::End(task), done) => {
                let ending = self.ending.as_mut().expect("only an ending job ends loads");
                ending.done(&self.context, task, done);
            }
            (Ticket::Stray, _) => self.strays_running -= 1,
            _ => unreachable!("an order is answered in kind"),
        }
        self.settle(log);
    }

    fn planned(&mut self, log: &mut Log, stage: StageId, outcome: Result<engine::Source, Fault>) {
        let failures = self.planning.remove(&stage).expect("it was being planned") + 1;
        match outcome {
            Ok(source) => {
                let splits = u32::try_from(source.splits.len())
                    .expect("the engine bounds the number of splits");
                let job = self.context.id.clone();
                let bookmark = source.bookmark;
                self.sources.insert(stage, source.splits);
                if !self.is_stopping() {
                    log.propose(Command::FixSplits {
                        job,
                        stage,
                        splits,
                        bookmark,
                    })
                    .expect("a source is planned once");
                }
            }
            Err(fault) if goes_on(fault.verdict, failures, failures) => {
                let due = Instant::now() + back_off(fault.verdict, failures);
                self.unplanned.push_back((stage, failures, due));
            }
            Err(fault) if fault.verdict == Verdict::Cancelled => {}
            Err(mut fault) => {
                let task = self.context.plan.stages[stage.0].steps[0].task;
                fault.task.get_or_insert(task);
                self.fail(job_failure(&self.context.pipeline, fault, None, failures));
            }
        }
    }

    fn attempted(
        &mut self,
        log: &mut Log,
        work: Work,
        attempt: u32,
        outcome: Result<Produced, Fault>,
    ) {
        let job = self.context.id.clone();
        match outcome {
            Ok(produced) => {
                let Produced {
                    exchanges,
                    receipts,
                    rejects,
                } = produced;
                let command = Command::Complete {
                    job,
                    work,
                    attempt,
                    epoch: EPOCH,
                    receipts: receipts.clone(),
                };
                let answer = log.propose(command).expect("an assigned split exists");
                if answer == Answer::Superseded {
                    self.tallies.give_up(work);
                    self.strays.extend(receipts);
                    return;
                }
                for (exchange, partitions) in exchanges {
                    self.stored.insert((exchange, work.split), partitions);
                }
                self.rejects.insert(work, rejects);
                self.tallies.complete(work);
                self.release_inputs(log, work);
            }
            Err(fault) => {
                let class = class(fault.verdict);
                log.propose(Command::Fail {
                    job,
                    work,
                    attempt,
                    epoch: EPOCH,
                    class,
                })
                .expect("an assigned split exists");
                self.tallies.give_up(work);
                self.failed(log, work, attempt, fault);
            }
        }
    }

    fn failed(&mut self, log: &Log, work: Work, attempt: u32, fault: Fault) {
        let own = self
            .agreed(log)
            .split(work)
            .map_or(0, |split| split.own_failures);
        if goes_on(fault.verdict, attempt, own) {
            tracing::info!(stage = work.stage.0, split = work.split, attempt,
                message = %fault.message, "an attempt failed and is tried again");
            self.waiting
                .insert(work, Instant::now() + back_off(fault.verdict, attempt));
            self.tallies.retry(work.stage);
        } else if fault.verdict != Verdict::Cancelled {
            self.fail(job_failure(
                &self.context.pipeline,
                fault,
                Some(work.split),
                attempt,
            ));
        }
    }

    /// Lets go of stored chunks that nobody will read again.
    fn release_inputs(&mut self, log: &Log, work: Work) {
        let StageInput::Exchanges(exchanges) = &self.context.plan.stages[work.stage.0].input else {
            return;
        };
        let stage_complete = self.agreed(log).stages[work.stage.0].is_complete();
        for exchange in exchanges {
            if self.context.plan.exchanges[exchange.0].mode == ExchangeMode::Forward {
                self.stored.remove(&(*exchange, work.split));
            } else if stage_complete {
                self.stored.retain(|(of, _), _| of != exchange);
            }
        }
    }

    /// Decides, once there is something to decide on.
    fn settle(&mut self, log: &mut Log) {
        if self.ending.is_some() {
            return;
        }
        let decision = if self.is_stopping() {
            if self.tallies.any_running() || !self.planning.is_empty() {
                return;
            }
            Decision::Abort
        } else if self.agreed(log).is_complete() {
            Decision::Commit
        } else {
            return;
        };
        let job = self.context.id.clone();
        log.propose(Command::Decide { job, decision })
            .expect("a job is decided once");
        self.stored.clear();
        self.ending = Some(Ending::new(decision, &self.context, self.agreed(log)));
    }

    /// Whether nothing is left to do; then the log knows it.
    pub(crate) fn is_over(&mut self, log: &mut Log) -> bool {
        let ended = self.ending.as_ref().is_some_and(Ending::is_over);
        let over = ended && self.strays.is_empty() && self.strays_running == 0;
        if over {
            let job = self.context.id.clone();
            log.propose(Command::Finish { job })
                .expect("an ending job is decided");
        }
        over
    }

    /// Shows how far the job is.
    pub(crate) fn show(&self, log: &Log) {
        let phase = match &self.ending {
            Some(ending) if ending.decision() == Decision::Commit => JobPhase::Committing,
            Some(_) => JobPhase::Aborting,
            None if self.unplanned.is_empty() && self.planning.is_empty() => JobPhase::Running,
            None => JobPhase::Planning,
        };
        let stages = self
            .tallies
            .progress(&self.context, self.agreed(log), &self.sources);
        self.board.show(crate::Progress { phase, stages });
    }
}
