use std::num::NonZeroU32;
use std::path::PathBuf;

use bubbles_pipeline::{NodeId, Pipeline, PlanOptions, Source, StageId, TaskIndex, plan};
use proptest::prelude::*;

use super::*;
use crate::{Decision, FailureClass, JobSpec, Outcome, Prepared, SourceSplit, Work, ready};

const JOB: &str = "job";

/// A source of any number of splits, a partitioned transform, a load behind a gather.
fn three_stages(deterministic: bool) -> JobSpec {
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
        gather = true
    "#;
    let source = Source {
        name: "p.toml".to_owned(),
        text: text.to_owned(),
        base: PathBuf::new(),
    };
    let pipeline = Pipeline::parse(&source).unwrap();
    let describe = |task: &bubbles_pipeline::Task| bubbles_pipeline::Description {
        kind: task.kind,
        summary: String::new(),
        accepts: vec![bubbles_pipeline::Format::Json],
        produces: Some(bubbles_pipeline::Format::Json),
        config_schema: serde_json::json!({}),
        deterministic,
        combinable: false,
    };
    let descriptions: Vec<_> = pipeline.tasks().iter().map(describe).collect();
    let partitions = NonZeroU32::new(4).unwrap();
    JobSpec {
        plan: plan(&pipeline, &descriptions, PlanOptions { partitions }).unwrap(),
        pipeline,
        plugins: vec![[0; 32]; 3],
        deterministic: vec![deterministic; 3],
        bookmarks: "p".to_owned(),
        submitted_ms: 0,
    }
}

fn job() -> JobId {
    JobId(JOB.to_owned())
}

/// A job on its way, seen by its tests.
struct Course(State);

impl Course {
    fn submitted(deterministic: bool) -> Self {
        let mut state = State::default();
        let spec = Box::new(three_stages(deterministic));
        state.apply(Command::Submit { job: job(), spec }).unwrap();
        Self(state)
    }

    fn agreed(&self) -> &JobState {
        self.0.job(&job()).unwrap()
    }

    fn fix(&mut self, splits: usize) -> Result<Answer, Refusal> {
        let split = SourceSplit {
            payload: Vec::new(),
            bytes: 0,
        };
        self.0.apply(Command::FixSplits {
            job: job(),
            stage: StageId(0),
            splits: vec![split; splits],
            bookmark: Some(b"next".to_vec()),
        })
    }

    fn assign(&mut self, work: Work, node: u64, epoch: u64) -> Result<Answer, Refusal> {
        self.0.apply(Command::Assign {
            job: job(),
            work,
            node: NodeId(node),
            epoch,
        })
    }

    fn complete(&mut self, work: Work, attempt: u32, epoch: u64) -> Answer {
        let outcome = Outcome {
            receipts: vec![Prepared {
                task: TaskIndex(2),
                receipt: vec![attempt as u8],
            }],
            counts: Vec::new(),
        };
        self.0
            .apply(Command::Complete {
                job: job(),
                work,
                attempt,
                epoch,
                outcome,
            })
            .unwrap()
    }

    /// Assigns and completes all of a stage, on one node.
    fn run(&mut self, stage: usize, node: u64) {
        let splits = self.agreed().stages[stage].width();
        for split in 0..splits {
            let work = work(stage, split);
            let Ok(Answer::Assigned { attempt }) = self.assign(work, node, 1) else {
                continue;
            };
            self.complete(work, attempt, 1);
        }
    }

    fn lose(&mut self, works: &[Work]) {
        let works = works.to_vec();
        self.0.apply(Command::Lose { job: job(), works }).unwrap();
    }

    fn ready(&self) -> Vec<Work> {
        ready(self.agreed()).collect()
    }
}

fn work(stage: usize, split: u32) -> Work {
    Work {
        stage: StageId(stage),
        split,
    }
}

#[test]
fn a_partition_waits_for_the_whole_stage_before_it() {
    let mut course = Course::submitted(true);
    course.fix(2).unwrap();
    assert_eq!(course.ready(), [work(0, 0), work(0, 1)]);
    assert_eq!(course.assign(work(1, 0), 1, 1), Err(Refusal::NotReady));
    course.run(0, 1);
    assert_eq!(course.ready(), [work(1, 0), work(1, 1)]);
}

#[test]
fn the_first_recorded_attempt_wins_and_a_fenced_one_does_not() {
    let mut course = Course::submitted(true);
    course.fix(1).unwrap();
    course.assign(work(0, 0), 1, 1).unwrap();
    course.assign(work(0, 0), 1, 2).unwrap();
    assert_eq!(course.complete(work(0, 0), 1, 7), Answer::Superseded);
    assert_eq!(course.complete(work(0, 0), 2, 2), Answer::Accepted);
    assert_eq!(course.complete(work(0, 0), 2, 2), Answer::Accepted);
    assert_eq!(course.complete(work(0, 0), 1, 1), Answer::Superseded);
}

#[test]
fn a_source_without_splits_still_has_partitions_to_run() {
    let mut course = Course::submitted(true);
    course.fix(0).unwrap();
    assert_eq!(course.ready().len(), 2);
    assert_eq!(course.fix(3), Err(Refusal::SplitsFixed));
}

fn decide(decision: Decision) -> Command {
    Command::Decide {
        job: job(),
        decision,
        reason: None,
    }
}

#[test]
fn a_decision_stands() {
    let mut course = Course::submitted(true);
    course.fix(1).unwrap();
    let state = &mut course.0;
    assert_eq!(
        state.apply(decide(Decision::Commit)),
        Err(Refusal::Incomplete)
    );
    for _ in 0..2 {
        assert_eq!(state.apply(decide(Decision::Abort)), Ok(Answer::Accepted));
    }
    let aborted = Refusal::Decided(Decision::Abort);
    assert_eq!(state.apply(decide(Decision::Commit)), Err(aborted));
    assert_eq!(course.assign(work(0, 0), 1, 1), Err(aborted));
}

#[test]
fn a_bookmark_is_kept_by_a_job_that_commits() {
    for (decision, kept) in [
        (Decision::Commit, Some(&b"next"[..])),
        (Decision::Abort, None),
    ] {
        let mut course = Course::submitted(true);
        course.fix(1).unwrap();
        (0..3).for_each(|stage| course.run(stage, 1));
        course.0.apply(decide(decision)).unwrap();
        let report = b"done".to_vec();
        course
            .0
            .apply(Command::Finish { job: job(), report })
            .unwrap();
        assert_eq!(course.0.bookmark("p", "in"), kept);
        assert_eq!(course.complete(work(0, 0), 9, 9), Answer::Superseded);
    }
}

#[test]
fn what_a_lost_node_stored_is_made_again_while_somebody_has_to_read_it() {
    let mut course = Course::submitted(true);
    course.fix(2).unwrap();
    course.run(0, 1);
    course.lose(&[work(0, 1)]);
    assert_eq!(course.ready(), [work(0, 1)]);
    assert_eq!(course.agreed().receipts().count(), 2, "receipts stay");
    course.assign(work(0, 1), 2, 1).unwrap();
    assert_eq!(course.complete(work(0, 1), 2, 1), Answer::Restored);
    assert_eq!(course.ready(), [work(1, 0), work(1, 1)]);
    let receipts: Vec<_> = course.agreed().receipts().cloned().collect();
    assert!(receipts.iter().all(|prepared| prepared.receipt == [1]));
    assert_eq!(
        course.complete(work(0, 1), 1, 1),
        Answer::Accepted,
        "told again"
    );
    assert_eq!(course.complete(work(0, 1), 2, 1), Answer::Restored);
    course.lose(&[work(0, 1)]);
    assert_eq!(
        course.complete(work(0, 1), 1, 1),
        Answer::Accepted,
        "in force, and not there"
    );
    assert_eq!(course.ready(), [work(0, 1)]);
}

#[test]
fn who_won_is_known_after_the_end() {
    for (decision, told_again) in [
        (Decision::Commit, Answer::Accepted),
        (Decision::Abort, Answer::Superseded),
    ] {
        let mut course = Course::submitted(true);
        course.fix(2).unwrap();
        course.assign(work(0, 0), 1, 1).unwrap();
        course.assign(work(0, 0), 2, 1).unwrap();
        course.complete(work(0, 0), 2, 1);
        (0..3).for_each(|stage| course.run(stage, 1));
        course.0.apply(decide(decision)).unwrap();
        let (job, report) = (job(), Vec::new());
        course.0.apply(Command::Finish { job, report }).unwrap();
        assert_eq!(course.complete(work(0, 0), 1, 1), Answer::Superseded);
        assert_eq!(course.complete(work(0, 0), 2, 1), told_again);
        assert_eq!(course.complete(work(0, 1), 1, 1), told_again);
    }
}

#[test]
fn what_was_let_go_of_is_made_again_back_to_the_source() {
    let mut course = Course::submitted(true);
    course.fix(2).unwrap();
    course.run(0, 1);
    course.run(1, 2);
    assert!(!course.agreed().is_needed(work(0, 0)));
    course.lose(&[work(0, 0)]);
    assert_eq!(course.ready(), [work(2, 0)], "nobody needs it");
    course.lose(&[work(1, 1)]);
    assert_eq!(course.ready(), [work(0, 0), work(0, 1)]);
    course.run(0, 1);
    assert_eq!(course.ready(), [work(1, 1)]);
    course.run(1, 1);
    course.run(2, 1);
    assert!(course.agreed().is_complete());
    assert!(course.0.apply(decide(Decision::Commit)).is_ok());
}

#[test]
fn readers_of_rows_that_will_not_come_again_are_taken_back() {
    let mut course = Course::submitted(false);
    course.fix(1).unwrap();
    course.run(0, 1);
    course.assign(work(1, 0), 2, 1).unwrap();
    course.complete(work(1, 0), 1, 1);
    course.assign(work(1, 1), 2, 1).unwrap();
    course.lose(&[work(0, 0)]);
    assert_eq!(course.complete(work(1, 1), 1, 1), Answer::Superseded);
    assert_eq!(course.agreed().strays.len(), 2, "its own, and its reader's");
    assert_eq!(course.ready(), [work(0, 0)]);
    (0..3).for_each(|stage| course.run(stage, 3));
    assert!(course.agreed().is_complete());
}

/// Steps of any node at any time, in any order.
fn any_step() -> impl Strategy<Value = (u8, usize, u32, u32, u64)> {
    (0u8..6, 0usize..3, 0u32..3, 1u32..4, 1u64..3)
}

fn step((kind, stage, split, attempt, epoch): (u8, usize, u32, u32, u64)) -> Command {
    let (job, work) = (job(), work(stage, split));
    match kind {
        0 => Command::FixSplits {
            job,
            stage: StageId(0),
            splits: vec![
                SourceSplit {
                    payload: Vec::new(),
                    bytes: 1
                };
                3
            ],
            bookmark: None,
        },
        1 => Command::Assign {
            job,
            work,
            node: NodeId(epoch),
            epoch,
        },
        2 => Command::Complete {
            job,
            work,
            attempt,
            epoch,
            outcome: Outcome::default(),
        },
        3 => Command::Fail {
            job,
            work,
            attempt,
            epoch,
            class: FailureClass::Own,
        },
        4 => Command::Lose {
            job,
            works: vec![work],
        },
        _ => decide(Decision::Commit),
    }
}

proptest! {
    #[test]
    fn whatever_is_said_commit_needs_all_and_counts_hold(
        deterministic: bool,
        steps in prop::collection::vec(any_step(), 0..300)
    ) {
        let mut course = Course::submitted(deterministic);
        for said in steps {
            let before = course.0.clone();
            if course.0.apply(step(said)).is_err() {
                prop_assert_eq!(&before, &course.0, "a refusal changes nothing");
            }
            let agreed = course.agreed();
            for stage in &agreed.stages {
                let splits = || stage.splits.iter().flatten();
                let done = splits().filter(|split| split.completed.is_some()).count();
                prop_assert_eq!(stage.done() as usize, done);
                let available = splits().all(crate::SplitState::is_available);
                prop_assert_eq!(stage.is_available(), stage.splits.is_some() && available);
            }
            prop_assert!(agreed.decision.is_none() || agreed.is_complete());
            let bytes = postcard::to_stdvec(&course.0).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<State>(&bytes).unwrap(), &course.0);
        }
    }
}
