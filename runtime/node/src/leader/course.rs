//! The course of one job, from its submission to its report.
//!
//! What is agreed stands in the log. Here is the rest: what runs now, what
//! waits, and how the job is brought to its end.

mod ending;
mod input;
mod queue;
mod tallies;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bubbles_cluster::{
    Answer, Command, Decision, JobId, JobSpec, JobState, Outcome, Prepared, Refusal, Work,
};
use bubbles_pipeline::{ExchangeMode, NodeId, StageId, StageInput, TaskIndex};

use super::clock;
use super::failure::{TRANSIENT_FAILURES, back_off, goes_on, job_failure};
use super::hands::Hands;
use crate::agreement::{Agreement, Deposed};
use crate::attempt::{Fault, Verdict};
use crate::job::Board;
use crate::node::since_1970;
use crate::order::{AttemptKey, AttemptOrder, Done, Order, Planned};
use crate::{FailureKind, JobFailure, JobPhase};
use ending::Ending;
pub(super) use queue::Pick;
use queue::Queue;
use tallies::Tallies;

/// What an order is for.
#[derive(Clone, Debug)]
pub(super) enum Ticket {
    /// Plans the source of this stage.
    Plan(StageId),
    /// Makes an attempt.
    Attempt(Work),
    /// Commits or aborts what this load prepared.
    End(TaskIndex),
    /// Removes what attempts of this load prepared that count no more.
    Stray(TaskIndex),
    /// Gathers the rejects.
    Rejects,
    /// Nobody waits for it any more: it only keeps a slot busy.
    Forgotten,
}

/// A job on its way.
pub(super) struct Course {
    id: JobId,
    spec: Arc<JobSpec>,
    board: Arc<Board>,
    started: Instant,
    cancelled: bool,
    /// Attempts went with their nodes, or may have.
    lost: bool,
    failure: Option<JobFailure>,
    /// Sources still to be planned, with their failures so far and when to try.
    unplanned: VecDeque<(StageId, u32, Instant)>,
    planning: BTreeMap<StageId, u32>,
    queue: Queue,
    /// Nodes on which a split has failed before.
    failed_on: BTreeMap<Work, BTreeSet<NodeId>>,
    tallies: Tallies,
    ending: Option<Ending>,
}

impl Course {
    /// A job as it is agreed, at its beginning or wherever another leader left it.
    pub(super) fn resume(id: JobId, agreed: &JobState, board: Arc<Board>) -> Self {
        let spec = Arc::clone(&agreed.spec);
        let began = Duration::from_millis(spec.submitted_ms);
        let ago = since_1970().saturating_sub(began);
        let mut course = Self {
            tallies: Tallies::new(&spec.plan),
            queue: Queue::new(&spec.plan),
            started: clock::now().checked_sub(ago).unwrap_or_else(clock::now),
            id,
            spec,
            board,
            cancelled: false,
            // Those that a leader before this one gave up are not counted in the log.
            lost: agreed
                .stages
                .iter()
                .flat_map(|stage| stage.splits.iter().flatten())
                .any(|split| split.attempts > 0),
            failure: None,
            unplanned: VecDeque::new(),
            planning: BTreeMap::new(),
            failed_on: BTreeMap::new(),
            ending: None,
        };
        for (work, done) in agreed.completed() {
            course.tallies.count(work, &done.outcome.counts);
        }
        for (work, attempt) in agreed.running() {
            course.tallies.start(work, attempt.number);
        }
        match agreed.decision {
            Some(decision) => {
                let reason = agreed.reason.as_deref();
                course.failure = reason.and_then(JobFailure::from_bytes);
                course.ending = Some(Ending::new(course.id.clone(), decision, agreed));
            }
            None => course.look_anew(agreed),
        }
        course
    }

    /// Finds out from what is agreed what there is to do: at the beginning, and when work was lost.
    pub(super) fn look_anew(&mut self, agreed: &JobState) {
        let now = clock::now();
        let sources = (0..).map(StageId).zip(&self.spec.plan.stages);
        for (stage, _) in sources.filter(|(_, stage)| stage.input == StageInput::Source) {
            let waits = self.unplanned.iter().any(|(other, ..)| *other == stage);
            let planned = agreed.stages[stage.0].splits.is_some();
            if !planned && !waits && !self.planning.contains_key(&stage) {
                self.unplanned.push_back((stage, 0, now));
            }
        }
        self.tallies.keep_agreed(agreed);
        self.queue.refill(agreed);
    }

    /// Stops the job, if it is not decided yet.
    pub(super) fn cancel(&mut self, hands: &mut Hands) {
        if self.ending.is_none() {
            self.cancelled = true;
            hands.stop(&self.id);
        }
    }

    fn fail(&mut self, hands: &mut Hands, failure: JobFailure) {
        self.failure.get_or_insert(failure);
        hands.stop(&self.id);
    }

    fn is_stopping(&self) -> bool {
        self.cancelled || self.failure.is_some()
    }

    /// Gives what is to be done beside attempts, as far as slots are free.
    pub(super) fn give_errands(&mut self, log: &Agreement, hands: &mut Hands, job: &JobId) {
        if let Some(ending) = &mut self.ending {
            log.read(|state| {
                if let Some(agreed) = state.job(job) {
                    ending.give(agreed, hands);
                }
            });
        } else if !self.is_stopping() {
            self.give_plans(log, hands);
        }
    }

    fn give_plans(&mut self, log: &Agreement, hands: &mut Hands) {
        let now = clock::now();
        while let Some(place) = self.unplanned.iter().position(|(_, _, due)| *due <= now) {
            let (stage, failures, _) = self.unplanned[place];
            let task = self.spec.plan.stages[stage.0].steps[0].task;
            let name = self.spec.pipeline.task(task).name.to_string();
            let bookmark = match log.bookmark(&self.spec.bookmarks, &name) {
                Ok(bookmark) => bookmark,
                Err(error) => {
                    let fault = Fault::environment(format!("the bookmark cannot be read: {error}"));
                    let failure = job_failure(&self.spec.pipeline, fault, None, 1);
                    return self.fail(hands, failure);
                }
            };
            let on = self.spec.plan.stages[stage.0].on.as_ref();
            let Some(node) = hands.any_free(on) else {
                return;
            };
            self.unplanned.remove(place);
            self.planning.insert(stage, failures);
            let job = self.id.clone();
            let order = Order::Plan {
                job,
                task,
                bookmark,
            };
            hands.give(node, &self.spec, Ticket::Plan(stage), order);
        }
    }

    /// Work that may begin now, each with a node for it whose slot is taken.
    pub(super) fn pick(&mut self, agreed: &JobState, hands: &mut Hands, most: usize) -> Vec<Pick> {
        if self.ending.is_some() || self.is_stopping() {
            return Vec::new();
        }
        let running = |stage| self.tallies.running(stage);
        let picked = self
            .queue
            .pick(agreed, hands, running, &self.failed_on, most);
        let job = || self.id.clone();
        let picked = picked.into_iter();
        picked
            .map(|(work, node)| Pick {
                job: job(),
                work,
                node,
            })
            .collect()
    }

    /// What was picked has been agreed on: it is given.
    pub(super) fn assigned(
        &mut self,
        agreed: &JobState,
        hands: &mut Hands,
        pick: &Pick,
        answer: Result<Answer, Refusal>,
    ) {
        let work = pick.work;
        let Ok(Answer::Assigned { attempt }) = answer else {
            // What is ready may be assigned; if it is not ready any more, its time comes again.
            return hands.give_back_slot(pick.node);
        };
        self.tallies.start(work, attempt);
        let order = AttemptOrder {
            key: AttemptKey {
                job: self.id.clone(),
                work,
                attempt,
                epoch: hands.epoch(),
            },
            splits: agreed.stages[work.stage.0].width(),
            input: input::of(agreed, work),
        };
        let ticket = Ticket::Attempt(work);
        hands.give(pick.node, &self.spec, ticket, Order::Attempt(order));
    }

    /// An attempt has ended, and it is agreed what that means.
    pub(super) fn attempted(
        &mut self,
        agreed: &JobState,
        hands: &mut Hands,
        (node, key): (NodeId, &AttemptKey),
        result: Result<Outcome, Fault>,
        answer: Result<Answer, Refusal>,
    ) {
        let work = key.work;
        self.tallies.end(work, key.attempt);
        match (result, answer) {
            (Ok(_), Err(Refusal::TooLarge)) => {
                let message = "the receipts of an attempt are more than the log takes: let a load \
                               give shorter ones";
                let fault = Fault::environment(message);
                let failure =
                    job_failure(&self.spec.pipeline, fault, Some(work.split), key.attempt);
                self.fail(hands, failure);
            }
            (Ok(outcome), Ok(Answer::Accepted)) => {
                self.tallies.count(work, &outcome.counts);
                self.completed(agreed, hands, work);
            }
            (Ok(_), Ok(Answer::Restored)) => self.completed(agreed, hands, work),
            (Err(fault), Ok(Answer::Accepted)) => self.failed(agreed, hands, key, node, fault),
            _ => {}
        }
    }

    /// A split is recorded: what waited for it may begin, what it read is let go of.
    fn completed(&mut self, agreed: &JobState, hands: &Hands, work: Work) {
        self.failed_on.remove(&work);
        self.tallies.complete(work);
        self.queue.completed(agreed, work);
        let plan = &self.spec.plan;
        let StageInput::Exchanges(exchanges) = &plan.stages[work.stage.0].input else {
            return;
        };
        for id in exchanges {
            let forward = plan.exchanges[id.0].mode == ExchangeMode::Forward;
            if agreed.is_read(*id, work.split) {
                hands.release(&self.id, *id, forward.then_some(work.split));
            }
        }
    }

    fn failed(
        &mut self,
        agreed: &JobState,
        hands: &mut Hands,
        key: &AttemptKey,
        node: NodeId,
        fault: Fault,
    ) {
        let work = key.work;
        if fault.verdict == Verdict::Cancelled {
            // Stopped by a leader before this one, and it was never agreed that the job ends.
            if !self.is_stopping() {
                self.tallies.retry(work.stage);
                self.queue.wait(work, clock::now());
            }
            return;
        }
        let own = agreed.split(work).map_or(0, |split| split.own_failures);
        if fault.lost.is_none() {
            self.failed_on.entry(work).or_default().insert(node);
        }
        // What one machine lacks, such as room on its disk, another may have.
        let failed_on = self.failed_on.get(&work);
        let elsewhere = fault.kind == FailureKind::Environment
            && matches!(fault.verdict, Verdict::Final | Verdict::Node)
            && key.attempt < TRANSIENT_FAILURES
            && failed_on.is_some_and(|nodes| hands.has_other(nodes));
        if elsewhere || goes_on(fault.verdict, key.attempt, own) {
            tracing::info!(job = %self.id, stage = work.stage.0, split = work.split,
                attempt = key.attempt, message = ?fault.message,
                "an attempt failed and is tried again");
            // What is gone is made again first: there is nothing to wait for beyond that, however
            // often it was something else that was gone.
            let gone = fault.lost.is_some_and(|lost| lost.gone);
            let tries = if gone { 1 } else { key.attempt };
            let due = clock::now() + back_off(fault.verdict, tries);
            self.queue.wait(work, due);
            self.tallies.retry(work.stage);
        } else {
            let split = Some(work.split);
            let failure = job_failure(&self.spec.pipeline, fault, split, key.attempt);
            self.fail(hands, failure);
        }
    }

    /// An attempt has ended that was not expected to any more, or has been heard of before.
    pub(super) fn attempted_late(&mut self, key: &AttemptKey) {
        self.tallies.end(key.work, key.attempt);
    }

    /// An attempt went with its node: it is made again, at once and by another.
    pub(super) fn attempt_lost(&mut self, work: Work, attempt: u32) {
        self.tallies.end(work, attempt);
        self.tallies.retry(work.stage);
        self.queue.wait(work, clock::now());
    }

    /// An order that is no attempt went with its node.
    pub(super) fn errand_lost(&mut self, ticket: Ticket) {
        match ticket {
            Ticket::Plan(stage) => {
                if let Some(failures) = self.planning.remove(&stage) {
                    self.unplanned.push_back((stage, failures, clock::now()));
                }
            }
            Ticket::Attempt(_) | Ticket::Forgotten => {}
            ticket => {
                if let Some(ending) = &mut self.ending {
                    ending.lost(&ticket);
                }
            }
        }
    }

    /// Takes what came of an order that is no attempt.
    pub(super) fn answered(
        &mut self,
        log: &mut Agreement,
        hands: &mut Hands,
        ticket: Ticket,
        done: Done,
    ) -> Result<(), Deposed> {
        match (ticket, done) {
            (Ticket::Plan(stage), Done::Planned(outcome)) => {
                self.planned(log, hands, stage, outcome)
            }
            (ticket, done) => match &mut self.ending {
                Some(ending) => ending.answered(log, &self.spec, ticket, done),
                None => Ok(()),
            },
        }
    }

    fn planned(
        &mut self,
        log: &mut Agreement,
        hands: &mut Hands,
        stage: StageId,
        outcome: Result<Planned, Fault>,
    ) -> Result<(), Deposed> {
        let failures = self.planning.remove(&stage).unwrap_or_default() + 1;
        match outcome {
            Ok(_) if self.is_stopping() => {}
            Ok(Planned { splits, bookmark }) => {
                let job = self.id.clone();
                let fix = Command::FixSplits {
                    job,
                    stage,
                    splits,
                    bookmark,
                };
                // Refused where another leader had it planned before: that plan stands.
                if log.say(fix)? == Err(Refusal::TooLarge) {
                    let message = "the source has more splits than the log takes: make them larger";
                    let fault = Fault::environment(message);
                    let failure = job_failure(&self.spec.pipeline, fault, None, 1);
                    self.fail(hands, failure);
                    return Ok(());
                }
                log.read(|state| {
                    if let Some(agreed) = state.job(&self.id) {
                        self.queue.refill(agreed);
                    }
                });
            }
            // Another node may have what this one lacks.
            Err(fault)
                if fault.verdict == Verdict::Node
                    && failures < TRANSIENT_FAILURES
                    && hands.any_well() =>
            {
                self.unplanned.push_back((stage, failures, clock::now()));
            }
            Err(fault) if goes_on(fault.verdict, failures, failures) => {
                let due = clock::now() + back_off(fault.verdict, failures);
                self.unplanned.push_back((stage, failures, due));
            }
            Err(fault) if fault.verdict == Verdict::Cancelled => {}
            Err(mut fault) => {
                let task = self.spec.plan.stages[stage.0].steps[0].task;
                fault.task.get_or_insert(task);
                let failure = job_failure(&self.spec.pipeline, fault, None, failures);
                self.fail(hands, failure);
            }
        }
        Ok(())
    }

    /// Decides, once there is something to decide on.
    pub(super) fn settle(&mut self, log: &mut Agreement) -> Result<(), Deposed> {
        if self.ending.is_some() {
            return Ok(());
        }
        let complete = || log.read(|state| state.job(&self.id).is_some_and(JobState::is_complete));
        let decision = if self.is_stopping() {
            if self.tallies.any_running() || !self.planning.is_empty() {
                return Ok(());
            }
            Decision::Abort
        } else if complete() {
            Decision::Commit
        } else {
            return Ok(());
        };
        let job = self.id.clone();
        let reason = self.failure.as_ref().map(JobFailure::to_bytes);
        log.say(Command::Decide {
            job,
            decision,
            reason,
        })?
        .expect("a job is decided once, and to commit only when it is complete");
        self.ending = log.read(|state| {
            let agreed = state.job(&self.id).expect("a job is agreed while it runs");
            Some(Ending::new(self.id.clone(), decision, agreed))
        });
        Ok(())
    }

    /// Whether nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        self.ending.as_ref().is_some_and(Ending::is_over)
    }

    /// Shows how far the job is.
    pub(super) fn show(&self, agreed: &JobState, hands: &Hands) {
        let phase = match &self.ending {
            Some(ending) if ending.decision() == Decision::Commit => JobPhase::Committing,
            Some(_) => JobPhase::Aborting,
            None if self.unplanned.is_empty() && self.planning.is_empty() => JobPhase::Running,
            None => JobPhase::Planning,
        };
        let running = hands.progress(&self.id);
        let stages = self.tallies.progress(&self.spec, agreed, &running);
        let waiting = self.waits_for(agreed, hands);
        if let Some(waiting) = &waiting
            && self.board.progress().waiting.as_ref() != Some(waiting)
        {
            tracing::warn!(job = %self.id, "the job waits: {waiting}");
        }
        self.board.show(crate::Progress {
            phase,
            stages,
            waiting,
        });
    }

    /// What keeps a stage from going on that only a person can change.
    fn waits_for(&self, agreed: &JobState, hands: &Hands) -> Option<String> {
        if self.ending.is_some() {
            return None;
        }
        let stages = self.spec.plan.stages.iter().zip(&agreed.stages);
        let mut labels = stages
            .filter(|(_, stage)| stage.width() == 0 || stage.done() < stage.width())
            .filter_map(|(planned, _)| planned.on.as_ref());
        let missing = labels.find(|label| !hands.has_label(label))?;
        Some(format!("no node with the label \"{missing}\" is heard of"))
    }
}

/// Receipts of one load among many.
fn receipts_of<'a>(prepared: impl Iterator<Item = &'a Prepared>, task: TaskIndex) -> Vec<Vec<u8>> {
    prepared
        .filter(|prepared| prepared.task == task)
        .map(|prepared| prepared.receipt.clone())
        .collect()
}
