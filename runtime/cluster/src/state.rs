//! The state that the log makes, and the one function that changes it.

use std::collections::BTreeMap;

use bubbles_pipeline::{ExchangeMode, Plan, StageId, StageInput};
use thiserror::Error;

use crate::{Command, Decision, FailureClass, JobId, Prepared, Work, is_ready};

/// Everything that is agreed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    jobs: BTreeMap<JobId, JobState>,
}

/// What is agreed of one job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobState {
    /// What it runs.
    pub plan: Plan,
    /// One for each stage of the plan.
    pub stages: Vec<StageState>,
    /// Commit or abort, once it is said.
    pub decision: Option<Decision>,
    /// The decision has been carried out.
    pub finished: bool,
}

/// What is agreed of one stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageState {
    /// Its splits, once their number is known.
    pub splits: Option<Vec<SplitState>>,
    /// Where the next job is to start reading, as the source said.
    pub bookmark: Option<Vec<u8>>,
}

/// What is agreed of one split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitState {
    /// How many attempts were assigned so far.
    pub attempts: u32,
    /// Attempts that were assigned and have not been heard of.
    pub running: Vec<Attempt>,
    /// Failures that count against the task.
    pub own_failures: u32,
    /// The attempt that won.
    pub completed: Option<Completed>,
}

/// An assigned attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first try.
    pub number: u32,
    /// Under which it was assigned.
    pub epoch: u64,
}

/// The first attempt that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// Which try.
    pub attempt: u32,
    /// One for each load of the stage.
    pub receipts: Vec<Prepared>,
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds; saying it again changes nothing.
    Accepted,
    /// The attempt's number.
    Assigned {
        /// 1 for the first try.
        attempt: u32,
    },
    /// Another attempt was recorded first, or this one was fenced: what it
    /// prepared is to be aborted.
    Superseded,
}

/// Why a command changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No such job.
    #[error("no such job")]
    NoSuchJob,
    /// No such stage or split, or its splits are not known yet.
    #[error("no such split")]
    NoSuchSplit,
    /// What it would read is not complete, or the split is.
    #[error("the split is not ready to be worked on")]
    NotReady,
    /// A source's splits are fixed once.
    #[error("the splits of this stage are fixed already")]
    SplitsFixed,
    /// Commit needs every split prepared.
    #[error("not all splits are prepared")]
    Incomplete,
    /// The other decision stands.
    #[error("the job is decided already")]
    Decided(Decision),
    /// Only a decided job ends.
    #[error("the job is not decided yet")]
    Undecided,
}

impl State {
    /// A job, if it is known.
    #[must_use]
    pub fn job(&self, job: &JobId) -> Option<&JobState> {
        self.jobs.get(job)
    }

    /// Performs a command. Equal states and commands give equal states and
    /// answers, on every node.
    ///
    /// # Errors
    /// The command does not fit the state, which has not changed.
    pub fn apply(&mut self, command: Command) -> Result<Answer, Refusal> {
        match command {
            Command::Submit { job, plan } => {
                self.jobs.entry(job).or_insert_with(|| JobState::new(*plan));
                Ok(Answer::Accepted)
            }
            Command::FixSplits {
                job,
                stage,
                splits,
                bookmark,
            } => self.job_mut(&job)?.fix_splits(stage, splits, bookmark),
            Command::Assign { job, work, epoch } => self.job_mut(&job)?.assign(work, epoch),
            Command::Complete {
                job,
                work,
                attempt,
                epoch,
                receipts,
            } => self.job_mut(&job)?.complete(
                work,
                Attempt {
                    number: attempt,
                    epoch,
                },
                receipts,
            ),
            Command::Fail {
                job,
                work,
                attempt,
                epoch,
                class,
            } => self.job_mut(&job)?.fail(
                work,
                Attempt {
                    number: attempt,
                    epoch,
                },
                class,
            ),
            Command::Decide { job, decision } => self.job_mut(&job)?.decide(decision),
            Command::Finish { job } => self.job_mut(&job)?.finish(),
            Command::Forget { job } => {
                self.jobs.remove(&job);
                Ok(Answer::Accepted)
            }
        }
    }

    fn job_mut(&mut self, job: &JobId) -> Result<&mut JobState, Refusal> {
        self.jobs.get_mut(job).ok_or(Refusal::NoSuchJob)
    }
}

impl JobState {
    fn new(plan: Plan) -> Self {
        let stages = vec![StageState::default(); plan.stages.len()];
        let mut job = Self {
            plan,
            stages,
            decision: None,
            finished: false,
        };
        job.fix_widths();
        job
    }

    /// The id of the stage at this place of the plan.
    #[must_use]
    pub fn stage_id(&self, index: usize) -> StageId {
        StageId(index)
    }

    /// Whether every split of every stage is recorded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stages.iter().all(StageState::is_complete)
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
        let splits = self
            .stages
            .iter()
            .flat_map(|stage| stage.splits.iter().flatten());
        splits
            .filter_map(|split| split.completed.as_ref())
            .flat_map(|done| &done.receipts)
    }

    fn fix_splits(
        &mut self,
        stage: StageId,
        splits: u32,
        bookmark: Option<Vec<u8>>,
    ) -> Result<Answer, Refusal> {
        if let Some(decision) = self.decision {
            return Err(Refusal::Decided(decision));
        }
        let is_source = self
            .plan
            .stages
            .get(stage.0)
            .is_some_and(|s| s.input == StageInput::Source);
        if !is_source {
            return Err(Refusal::NoSuchSplit);
        }
        let state = &mut self.stages[stage.0];
        if state.splits.is_some() {
            return Err(Refusal::SplitsFixed);
        }
        state.splits = Some(vec![SplitState::default(); splits as usize]);
        state.bookmark = bookmark;
        self.fix_widths();
        Ok(Answer::Accepted)
    }

    /// Gives every stage its splits whose number follows from what is known.
    fn fix_widths(&mut self) {
        for index in 0..self.stages.len() {
            if self.stages[index].splits.is_some() {
                continue;
            }
            let stage = StageId(index);
            let source = source_of(&self.plan, stage);
            let fixed = match source {
                Some(source) => self.stages[source.0].splits.is_some(),
                None => true,
            };
            if fixed {
                let splits_of = |source: StageId| self.stages[source.0].width();
                let width = self.plan.width(stage, &splits_of);
                self.stages[index].splits = Some(vec![SplitState::default(); width as usize]);
            }
        }
    }

    fn assign(&mut self, work: Work, epoch: u64) -> Result<Answer, Refusal> {
        if let Some(decision) = self.decision {
            return Err(Refusal::Decided(decision));
        }
        let open = self
            .split(work)
            .ok_or(Refusal::NoSuchSplit)?
            .completed
            .is_none();
        if !open || !is_ready(self, work) {
            return Err(Refusal::NotReady);
        }
        let split = self.split_mut(work)?;
        split.attempts += 1;
        split.running.push(Attempt {
            number: split.attempts,
            epoch,
        });
        Ok(Answer::Assigned {
            attempt: split.attempts,
        })
    }

    fn complete(
        &mut self,
        work: Work,
        attempt: Attempt,
        receipts: Vec<Prepared>,
    ) -> Result<Answer, Refusal> {
        let decided = self.decision.is_some();
        let split = self.split_mut(work)?;
        if let Some(done) = &split.completed {
            let same = done.attempt == attempt.number;
            return Ok(if same {
                Answer::Accepted
            } else {
                Answer::Superseded
            });
        }
        if decided || !split.running.contains(&attempt) {
            return Ok(Answer::Superseded);
        }
        split.running.clear();
        split.completed = Some(Completed {
            attempt: attempt.number,
            receipts,
        });
        Ok(Answer::Accepted)
    }

    fn fail(
        &mut self,
        work: Work,
        attempt: Attempt,
        class: FailureClass,
    ) -> Result<Answer, Refusal> {
        let split = self.split_mut(work)?;
        let Some(place) = split.running.iter().position(|running| *running == attempt) else {
            return Ok(Answer::Superseded);
        };
        split.running.remove(place);
        if class == FailureClass::Own {
            split.own_failures += 1;
        }
        Ok(Answer::Accepted)
    }

    fn decide(&mut self, decision: Decision) -> Result<Answer, Refusal> {
        match self.decision {
            Some(stands) if stands == decision => Ok(Answer::Accepted),
            Some(stands) => Err(Refusal::Decided(stands)),
            None if decision == Decision::Commit && !self.is_complete() => Err(Refusal::Incomplete),
            None => {
                self.decision = Some(decision);
                Ok(Answer::Accepted)
            }
        }
    }

    fn finish(&mut self) -> Result<Answer, Refusal> {
        if self.decision.is_none() {
            return Err(Refusal::Undecided);
        }
        self.finished = true;
        Ok(Answer::Accepted)
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
    /// How many splits it has; 0 while that is not known.
    #[must_use]
    pub fn width(&self) -> u32 {
        let splits = self.splits.as_ref().map_or(0, Vec::len);
        u32::try_from(splits).expect("splits are counted in 32 bits")
    }

    /// Whether its splits are known and all recorded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.splits
            .as_ref()
            .is_some_and(|splits| splits.iter().all(|split| split.completed.is_some()))
    }

    /// Whether this split is recorded.
    #[must_use]
    pub fn is_split_complete(&self, split: u32) -> bool {
        self.splits
            .as_ref()
            .and_then(|splits| splits.get(split as usize))
            .is_some_and(|split| split.completed.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::path::PathBuf;

    use bubbles_pipeline::{Pipeline, PlanOptions, Source, TaskIndex, plan};
    use proptest::prelude::*;

    use super::*;
    use crate::ready;

    const JOB: &str = "job";

    /// A source of any number of splits, a partitioned transform, a load.
    fn three_tasks() -> Plan {
        let text = r#"
            name = "p"
            [[task]]
            name = "in"
            extract = "x"
            [[task]]
            name = "middle"
            transform = "x"
            partition-by = ["k"]
            parallelism = 2
            [[task]]
            name = "out"
            load = "x"
        "#;
        let source = Source {
            name: "p.toml".to_owned(),
            text: text.to_owned(),
            base: PathBuf::new(),
        };
        let pipeline = Pipeline::parse(&source).unwrap();
        let descriptions: Vec<_> = pipeline
            .tasks()
            .iter()
            .map(|task| bubbles_pipeline::Description {
                kind: task.kind,
                summary: String::new(),
                accepts: vec![bubbles_pipeline::Format::Json],
                produces: Some(bubbles_pipeline::Format::Json),
                config_schema: serde_json::json!({}),
                deterministic: true,
                combinable: false,
            })
            .collect();
        let partitions = NonZeroU32::new(4).unwrap();
        plan(&pipeline, &descriptions, PlanOptions { partitions }).unwrap()
    }

    fn job() -> JobId {
        JobId(JOB.to_owned())
    }

    fn submitted() -> State {
        let mut state = State::default();
        let plan = Box::new(three_tasks());
        state.apply(Command::Submit { job: job(), plan }).unwrap();
        state
    }

    fn fix(state: &mut State, splits: u32) -> Result<Answer, Refusal> {
        let stage = StageId(0);
        state.apply(Command::FixSplits {
            job: job(),
            stage,
            splits,
            bookmark: None,
        })
    }

    fn work(stage: usize, split: u32) -> Work {
        Work {
            stage: StageId(stage),
            split,
        }
    }

    fn assign(state: &mut State, work: Work, epoch: u64) -> Result<Answer, Refusal> {
        state.apply(Command::Assign {
            job: job(),
            work,
            epoch,
        })
    }

    fn complete(state: &mut State, work: Work, attempt: u32, epoch: u64) -> Answer {
        let receipts = vec![Prepared {
            task: TaskIndex(2),
            receipt: vec![attempt as u8],
        }];
        state
            .apply(Command::Complete {
                job: job(),
                work,
                attempt,
                epoch,
                receipts,
            })
            .unwrap()
    }

    #[test]
    fn a_partition_waits_for_the_whole_stage_before_it() {
        let mut state = submitted();
        fix(&mut state, 2).unwrap();
        assert_eq!(
            ready(state.job(&job()).unwrap()).collect::<Vec<_>>(),
            [work(0, 0), work(0, 1)]
        );
        assert_eq!(assign(&mut state, work(1, 0), 1), Err(Refusal::NotReady));
        for split in 0..2 {
            assign(&mut state, work(0, split), 1).unwrap();
            complete(&mut state, work(0, split), 1, 1);
        }
        assert_eq!(
            ready(state.job(&job()).unwrap()).collect::<Vec<_>>(),
            [work(1, 0), work(1, 1)]
        );
    }

    #[test]
    fn the_first_recorded_attempt_wins_and_a_fenced_one_does_not() {
        let mut state = submitted();
        fix(&mut state, 1).unwrap();
        assign(&mut state, work(0, 0), 1).unwrap();
        assign(&mut state, work(0, 0), 2).unwrap();
        assert_eq!(complete(&mut state, work(0, 0), 1, 7), Answer::Superseded);
        assert_eq!(complete(&mut state, work(0, 0), 2, 2), Answer::Accepted);
        assert_eq!(complete(&mut state, work(0, 0), 2, 2), Answer::Accepted);
        assert_eq!(complete(&mut state, work(0, 0), 1, 1), Answer::Superseded);
    }

    #[test]
    fn a_source_without_splits_still_has_partitions_to_run() {
        let mut state = submitted();
        fix(&mut state, 0).unwrap();
        assert_eq!(ready(state.job(&job()).unwrap()).count(), 2);
        assert_eq!(fix(&mut state, 3), Err(Refusal::SplitsFixed));
    }

    #[test]
    fn a_decision_stands() {
        let mut state = submitted();
        fix(&mut state, 1).unwrap();
        let mut decide = |decision| {
            state.apply(Command::Decide {
                job: job(),
                decision,
            })
        };
        assert_eq!(decide(Decision::Commit), Err(Refusal::Incomplete));
        assert_eq!(decide(Decision::Abort), Ok(Answer::Accepted));
        assert_eq!(decide(Decision::Abort), Ok(Answer::Accepted));
        assert_eq!(
            decide(Decision::Commit),
            Err(Refusal::Decided(Decision::Abort))
        );
        assert_eq!(
            assign(&mut state, work(0, 0), 1),
            Err(Refusal::Decided(Decision::Abort))
        );
    }

    /// Steps of any node at any time, in any order.
    fn any_step() -> impl Strategy<Value = (u8, usize, u32, u32, u64)> {
        (0u8..5, 0usize..2, 0u32..3, 1u32..4, 1u64..3)
    }

    proptest! {
        #[test]
        fn whatever_is_said_no_split_has_two_winners_and_commit_needs_them_all(
            steps in prop::collection::vec(any_step(), 0..200)
        ) {
            let mut state = submitted();
            let mut winners: BTreeMap<(usize, u32), u32> = BTreeMap::new();
            for (kind, stage, split, attempt, epoch) in steps {
                let at = work(stage, split);
                let command = match kind {
                    0 => Command::FixSplits { job: job(), stage: StageId(0), splits: 3, bookmark: None },
                    1 => Command::Assign { job: job(), work: at, epoch },
                    2 => Command::Complete { job: job(), work: at, attempt, epoch, receipts: Vec::new() },
                    3 => Command::Fail { job: job(), work: at, attempt, epoch, class: FailureClass::Own },
                    _ => Command::Decide { job: job(), decision: Decision::Commit },
                };
                let before = state.clone();
                if state.apply(command).is_err() {
                    prop_assert_eq!(&before, &state, "a refusal changes nothing");
                }
                let agreed = state.job(&job()).unwrap();
                for (stage, found) in agreed.stages.iter().enumerate() {
                    for (split, found) in (0..).zip(found.splits.iter().flatten()) {
                        if let Some(done) = &found.completed {
                            let first = *winners.entry((stage, split)).or_insert(done.attempt);
                            prop_assert_eq!(first, done.attempt);
                        }
                    }
                }
                prop_assert!(agreed.decision.is_none() || agreed.is_complete());
            }
        }
    }
}
