//! All that was ever agreed, as the invariants need it: watched from outside, command by command.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bubbles_cluster::{Answer, Command, Decision, FailureClass, JobId, Refusal, State, Work};
use bubbles_pipeline::NodeId;

use super::invariants::{fencing, rerun};
use super::outside::Receipt;

/// An attempt, in the whole log.
pub(super) type Attempt = (JobId, Work, u32);

/// What was agreed, and what of it should not have been.
#[derive(Default)]
pub(super) struct History {
    /// Attempts that were assigned: to whom, in which term.
    pub(super) assigned: BTreeMap<Attempt, (NodeId, u64)>,
    /// Attempts that were agreed to have failed.
    pub(super) failed: BTreeSet<Attempt>,
    /// What was decided of a job, and the receipts in force at that moment.
    pub(super) decided: BTreeMap<JobId, (Decision, BTreeSet<Receipt>)>,
    /// When something was last done to a node.
    pub(super) troubled_us: BTreeMap<NodeId, u64>,
    /// When a split's output was last stored.
    pub(super) stored_us: BTreeMap<(JobId, Work), u64>,
    pub(super) now_us: u64,
    /// How often what was agreed.
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// What should not have been.
    pub(super) broken: Vec<String>,
    /// What was agreed since somebody looked.
    pub(super) lines: String,
}

/// How a split stood before a command.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// The attempt that stored what is read.
    pub(super) completed: Option<u32>,
    pub(super) lost: bool,
    strays: usize,
}

impl History {
    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// How the split of a command stands.
    pub(super) fn before(&self, state: &State, command: &Command) -> Before {
        let (job, work) = match command {
            Command::Assign { job, work, .. }
            | Command::Complete { job, work, .. }
            | Command::Fail { job, work, .. } => (job, Some(*work)),
            Command::Lose { job, .. } => (job, None),
            _ => return Before::default(),
        };
        let job = state.job(job);
        let split = job.and_then(|job| job.split(work?));
        Before {
            completed: split.and_then(|it| it.completed.as_ref().map(|done| done.attempt)),
            lost: split.is_some_and(|split| split.lost),
            strays: job.map_or(0, |job| job.strays.len()),
        }
    }

    /// A command was applied.
    pub(super) fn note(
        &mut self,
        state: &State,
        command: &Command,
        before: Before,
        answer: Result<Answer, Refusal>,
    ) {
        self.write(command, answer);
        match (command, answer) {
            (
                Command::Assign {
                    job,
                    work,
                    node,
                    epoch,
                },
                Ok(Answer::Assigned { attempt }),
            ) => {
                rerun::assigned(self, job, *work, before);
                let attempt = (job.clone(), *work, attempt);
                self.assigned.insert(attempt, (*node, *epoch));
            }
            (
                Command::Complete {
                    job,
                    work,
                    attempt,
                    epoch,
                    ..
                },
                Ok(answer),
            ) => {
                let attempt = (job.clone(), *work, *attempt);
                self.completed(state, &attempt, *epoch, before, answer);
            }
            (
                Command::Fail {
                    job,
                    work,
                    attempt,
                    class,
                    ..
                },
                Ok(answer),
            ) => {
                let attempt = (job.clone(), *work, *attempt);
                match (answer, class) {
                    (Answer::Superseded, _) => self.count("failure told too late"),
                    (_, FailureClass::Lost) => self.count("attempt lost"),
                    (_, FailureClass::Own) => self.count("attempt failed by itself"),
                    (_, FailureClass::Transient) => self.count("attempt failed in passing"),
                }
                self.failed.insert(attempt);
            }
            (Command::Lose { job, works }, Ok(_)) => {
                rerun::lost(self, state, job, works);
                let strays = state.job(job).map_or(0, |job| job.strays.len());
                if strays > before.strays {
                    self.count("receipts taken back");
                }
            }
            (Command::Decide { job, decision, .. }, Ok(_)) => {
                let agreed = state.job(job).expect("it was decided");
                let receipts = agreed.receipts();
                let receipts = receipts
                    .map(|it| Receipt::from_bytes(&it.receipt))
                    .collect();
                let known = self.decided.entry(job.clone());
                known.or_insert((*decision, receipts));
            }
            _ => {}
        }
    }

    fn completed(
        &mut self,
        state: &State,
        attempt: &Attempt,
        epoch: u64,
        before: Before,
        answer: Answer,
    ) {
        let split = state.job(&attempt.0).and_then(|job| job.split(attempt.1));
        let done = split.and_then(|split| split.completed.as_ref());
        let counts_now = done.is_some_and(|done| done.attempt == attempt.2)
            && (before.completed != Some(attempt.2)
                || before.lost && split.is_some_and(|it| !it.lost));
        match answer {
            Answer::Superseded => self.count("report fenced"),
            _ if !counts_now => self.count("outcome told again"),
            Answer::Restored => self.count("output made again"),
            _ => self.count("split completed"),
        }
        if counts_now {
            let split = (attempt.0.clone(), attempt.1);
            self.stored_us.insert(split, self.now_us);
            fencing::counted(self, attempt, epoch);
        }
    }

    fn write(&mut self, command: &Command, answer: Result<Answer, Refusal>) {
        let what = match command {
            Command::Submit { job, .. } => format!("submit {job}"),
            Command::FixSplits {
                job, stage, splits, ..
            } => {
                format!("{job} stage {stage} has {} splits", splits.len())
            }
            Command::Assign {
                job,
                work,
                node,
                epoch,
            } => {
                format!("{job} {} to n{} in {epoch}", shown(*work), node.0)
            }
            Command::Complete {
                job, work, attempt, ..
            } => {
                format!("{job} {} try {attempt} is complete", shown(*work))
            }
            Command::Fail {
                job,
                work,
                attempt,
                class,
                ..
            } => {
                format!("{job} {} try {attempt} failed: {class:?}", shown(*work))
            }
            Command::Lose { job, works } => {
                let works: Vec<String> = works.iter().map(|work| shown(*work)).collect();
                format!("{job} lost {}", works.join(" "))
            }
            Command::Decide { job, decision, .. } => format!("{job}: {decision:?}"),
            Command::Settle { job, task, .. } => format!("{job} task {} settled", task.0),
            Command::Finish { job, .. } => format!("{job} finished"),
            _ => "another command".to_owned(),
        };
        writeln!(self.lines, "           log: {what}: {answer:?}").unwrap();
    }
}

/// A split, as traces name it.
pub(super) fn shown(work: Work) -> String {
    format!("{}.{}", work.stage, work.split)
}
