//! What is agreed of one job.

mod attempts;
mod loss;

use std::collections::BTreeMap;
use std::sync::Arc;

use bubbles_pipeline::{ExchangeMode, NodeId, Plan, StageId, StageInput, TaskIndex};
use serde::{Deserialize, Serialize};

use crate::{Answer, Command, Decision, JobSpec, Outcome, Prepared, Refusal, SourceSplit, Work};

/// What is agreed of one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobState {
    /// What it runs.
    pub spec: Arc<JobSpec>,
    /// One for each stage of the plan; none once the job has ended.
    pub stages: Vec<StageState>,
    /// Receipts of attempts that counted and no longer do: to be aborted.
    pub strays: Vec<Prepared>,
    /// Commit or abort, once it is said.
    pub decision: Option<Decision>,
    /// Why it aborts.
    pub reason: Option<Vec<u8>>,
    /// Loads whose part of the decision is carried out, and what they made visible.
    pub settled: BTreeMap<TaskIndex, Vec<String>>,
    /// What is told of it, once the decision has been carried out.
    pub report: Option<Vec<u8>>,
    /// Of a job that has committed and ended: the attempts whose receipts were committed, where not
    /// the first. They may be told again, long after.
    late_winners: BTreeMap<Work, u32>,
}

/// What is agreed of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageState {
    /// Its splits, once their number is known.
    pub splits: Option<Vec<SplitState>>,
    /// What its source planned; empty where it reads exchanges.
    pub source: Vec<SourceSplit>,
    /// Where the next job is to start reading, as the source said.
    pub bookmark: Option<Vec<u8>>,
    /// Splits that no attempt has completed.
    undone: u32,
    /// Splits whose stored output cannot be read: undone, or lost since.
    missing: u32,
}

/// What is agreed of one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitState {
    /// How many attempts were assigned so far.
    pub attempts: u32,
    /// Attempts that were assigned and have not been heard of.
    pub running: Vec<Attempt>,
    /// Failures that count against the task.
    pub own_failures: u32,
    /// The attempt that won.
    pub completed: Option<Completed>,
    /// What the winner stored is gone and still needed: the split runs again for it.
    pub lost: bool,
}

/// An assigned attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first try.
    pub number: u32,
    /// Who makes it.
    pub node: NodeId,
    /// Under which it was assigned.
    pub epoch: u64,
}

/// The first attempt that was recorded, and the last that stored what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// Which try: of whom the stored chunks are.
    pub attempt: u32,
    /// Which try was first: of whom the receipts are.
    pub first: u32,
    /// Who made it, and has what it stored.
    pub node: NodeId,
    /// What it left.
    pub outcome: Outcome,
}

impl JobState {
    /// Splits of all stages: those that are complete, and all that are known.
    #[must_use]
    pub fn splits(&self) -> (u64, u64) {
        let sum =
            |count: fn(&StageState) -> u32| self.stages.iter().map(count).map(u64::from).sum();
        (sum(StageState::done), sum(StageState::width))
    }

    pub(crate) fn new(spec: JobSpec) -> Self {
        let mut job = Self {
            stages: vec![StageState::default(); spec.plan.stages.len()],
            spec: Arc::new(spec),
            strays: Vec::new(),
            decision: None,
            reason: None,
            settled: BTreeMap::new(),
            report: None,
            late_winners: BTreeMap::new(),
        };
        job.fix_widths();
        job
    }

    /// How it is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.spec.plan
    }

    /// Whether every split of every stage is recorded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stages
            .iter()
            .all(|stage| stage.splits.is_some() && stage.undone == 0)
    }

    /// A split, if its stage's splits are known.
    #[must_use]
    pub fn split(&self, work: Work) -> Option<&SplitState> {
        self.stages
            .get(work.stage.0)?
            .splits
            .as_ref()?
            .get(work.split as usize)
    }

    /// Receipts of the recorded attempts, in the order of stages and splits.
    pub fn receipts(&self) -> impl Iterator<Item = &Prepared> {
        self.completed()
            .flat_map(|(_, done)| &done.outcome.receipts)
    }

    /// All attempts that were assigned and not heard of.
    pub fn running(&self) -> impl Iterator<Item = (Work, Attempt)> {
        let stages = (0..).map(StageId).zip(&self.stages);
        stages.flat_map(|(stage, state)| {
            let splits = (0..).zip(state.splits.iter().flatten());
            splits.flat_map(move |(split, state)| {
                let work = Work { stage, split };
                state.running.iter().map(move |attempt| (work, *attempt))
            })
        })
    }

    /// All splits that are recorded.
    pub fn completed(&self) -> impl Iterator<Item = (Work, &Completed)> {
        let stages = (0..).map(StageId).zip(&self.stages);
        stages.flat_map(|(stage, state)| {
            let splits = (0..).zip(state.splits.iter().flatten());
            splits.filter_map(move |(split, state)| {
                let done = state.completed.as_ref()?;
                Some((Work { stage, split }, done))
            })
        })
    }

    pub(crate) fn apply(&mut self, command: Command) -> Result<Answer, Refusal> {
        if self.report.is_some() {
            return self.apply_ended(&command);
        }
        match command {
            Command::FixSplits {
                stage,
                splits,
                bookmark,
                ..
            } => self.fix_splits(stage, splits, bookmark),
            Command::Assign {
                work, node, epoch, ..
            } => self.assign(work, node, epoch),
            Command::Complete {
                work,
                attempt,
                epoch,
                outcome,
                ..
            } => self.complete(work, attempt, epoch, outcome),
            Command::Fail {
                work,
                attempt,
                epoch,
                class,
                ..
            } => self.fail(work, attempt, epoch, class),
            Command::Lose { works, .. } => {
                self.lose(&works);
                Ok(Answer::Accepted)
            }
            Command::Decide {
                decision, reason, ..
            } => self.decide(decision, reason),
            Command::Settle {
                task, published, ..
            } => self.settle(task, published),
            _ => unreachable!("only commands of a job come here"),
        }
    }

    /// A job that has ended answers what comes late, and changes no more.
    fn apply_ended(&self, command: &Command) -> Result<Answer, Refusal> {
        match command {
            Command::Complete { work, attempt, .. } => Ok(if self.has_committed(*work, *attempt) {
                Answer::Accepted
            } else {
                Answer::Superseded
            }),
            Command::Fail { .. } => Ok(Answer::Superseded),
            Command::Lose { .. } | Command::Settle { .. } => Ok(Answer::Accepted),
            _ => Err(Refusal::Decided(
                self.decision.expect("a job that has ended was decided"),
            )),
        }
    }

    /// Whether this attempt's receipts were committed: nobody may remove what it prepared.
    fn has_committed(&self, work: Work, attempt: u32) -> bool {
        let winner = self.late_winners.get(&work).copied().unwrap_or(1);
        self.decision == Some(Decision::Commit) && attempt == winner
    }

    fn fix_splits(
        &mut self,
        stage: StageId,
        splits: Vec<SourceSplit>,
        bookmark: Option<Vec<u8>>,
    ) -> Result<Answer, Refusal> {
        if let Some(decision) = self.decision {
            return Err(Refusal::Decided(decision));
        }
        let planned = self.spec.plan.stages.get(stage.0);
        if planned.is_none_or(|planned| planned.input != StageInput::Source) {
            return Err(Refusal::NoSuchSplit);
        }
        let state = &mut self.stages[stage.0];
        if state.splits.is_some() {
            return Err(Refusal::SplitsFixed);
        }
        state.open(splits.len());
        state.source = splits;
        state.bookmark = bookmark;
        self.fix_widths();
        Ok(Answer::Accepted)
    }

    /// Gives every stage its splits whose number follows from what is known.
    fn fix_widths(&mut self) {
        let spec = Arc::clone(&self.spec);
        for index in 0..self.stages.len() {
            if self.stages[index].splits.is_some() {
                continue;
            }
            let stage = StageId(index);
            let fixed = match source_of(&spec.plan, stage) {
                Some(source) => self.stages[source.0].splits.is_some(),
                None => true,
            };
            if fixed {
                let splits_of = |source: StageId| self.stages[source.0].width();
                let width = spec.plan.width(stage, &splits_of);
                self.stages[index].open(width as usize);
            }
        }
    }

    fn decide(&mut self, decision: Decision, reason: Option<Vec<u8>>) -> Result<Answer, Refusal> {
        match self.decision {
            Some(stands) if stands == decision => Ok(Answer::Accepted),
            Some(stands) => Err(Refusal::Decided(stands)),
            None if decision == Decision::Commit && !self.is_complete() => Err(Refusal::Incomplete),
            None => {
                self.decision = Some(decision);
                self.reason = reason;
                Ok(Answer::Accepted)
            }
        }
    }

    fn settle(&mut self, task: TaskIndex, published: Vec<String>) -> Result<Answer, Refusal> {
        if self.decision.is_none() {
            return Err(Refusal::Undecided);
        }
        self.settled.entry(task).or_insert(published);
        Ok(Answer::Accepted)
    }

    /// Ends it; gives the bookmarks that it leaves, by task. What it knew of its
    /// splits is let go of.
    pub(crate) fn finish(&mut self, report: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let Some(decision) = self.decision else {
            return Err(Refusal::Undecided);
        };
        if self.report.is_some() {
            return Ok(Vec::new());
        }
        self.report = Some(report);
        let winners = self.completed().map(|(work, done)| (work, done.first));
        self.late_winners = winners.filter(|(_, first)| *first != 1).collect();
        let stages = std::mem::take(&mut self.stages);
        self.strays = Vec::new();
        if decision == Decision::Abort {
            return Ok(Vec::new());
        }
        let bookmarks = self.spec.plan.stages.iter().zip(stages);
        Ok(bookmarks
            .filter_map(|(stage, state)| {
                let source = self.spec.pipeline.task(stage.steps[0].task);
                Some((source.name.to_string(), state.bookmark?))
            })
            .collect())
    }

    fn split_mut(&mut self, work: Work) -> Result<&mut SplitState, Refusal> {
        self.stages
            .get_mut(work.stage.0)
            .and_then(|stage| stage.splits.as_mut()?.get_mut(work.split as usize))
            .ok_or(Refusal::NoSuchSplit)
    }
}

/// The stage whose own splits give this one its number: itself where it reads a
/// source, its producer's across forward exchanges, none where the plan fixes it.
fn source_of(plan: &Plan, stage: StageId) -> Option<StageId> {
    let StageInput::Exchanges(inputs) = &plan.stages[stage.0].input else {
        return Some(stage);
    };
    let mut inputs = inputs.iter().map(|exchange| &plan.exchanges[exchange.0]);
    let forward = inputs.find(|exchange| exchange.mode == ExchangeMode::Forward)?;
    source_of(plan, forward.from.0)
}

impl StageState {
    fn open(&mut self, width: usize) {
        self.splits = Some(vec![SplitState::default(); width]);
        self.undone = self.width();
        self.missing = self.undone;
    }

    /// How many splits it has; 0 while that is not known.
    #[must_use]
    pub fn width(&self) -> u32 {
        let splits = self.splits.as_ref().map_or(0, Vec::len);
        u32::try_from(splits).expect("splits are counted in 32 bits")
    }

    /// How many splits are recorded.
    #[must_use]
    pub fn done(&self) -> u32 {
        self.width() - self.undone
    }

    /// Whether its splits are known, all recorded, and what they stored can be read.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.splits.is_some() && self.missing == 0
    }

    /// Whether this split is recorded, and what it stored can be read.
    #[must_use]
    pub fn is_split_available(&self, split: u32) -> bool {
        self.splits
            .as_ref()
            .and_then(|splits| splits.get(split as usize))
            .is_some_and(SplitState::is_available)
    }
}

impl SplitState {
    /// Whether it is recorded and what it stored can be read.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.completed.is_some() && !self.lost
    }
}
