//! What a job's tasks did so far: of attempts that count, and of those that run.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_cluster::{Counts, JobSpec, JobState, Work};
use bubbles_pipeline::{Format, Kind, Phase, Plan, StageId, StageInput, TaskIndex};

use super::Ticket;
use crate::{StageProgress, TaskReport};

/// Counters by stage and step.
pub(super) struct Tallies {
    completed: Vec<Vec<Counts>>,
    retries: Vec<u32>,
    /// By split and attempt.
    running: Vec<BTreeSet<(u32, u32)>>,
}

impl Tallies {
    pub(super) fn new(plan: &Plan) -> Self {
        let steps = |stage: &bubbles_pipeline::Stage| vec![Counts::default(); stage.steps.len()];
        Self {
            completed: plan.stages.iter().map(steps).collect(),
            retries: vec![0; plan.stages.len()],
            running: vec![BTreeSet::new(); plan.stages.len()],
        }
    }

    /// An attempt begins.
    pub(super) fn start(&mut self, work: Work, attempt: u32) {
        self.running[work.stage.0].insert((work.split, attempt));
    }

    /// The attempt has ended, well or not, or nobody will hear of it.
    pub(super) fn end(&mut self, work: Work, attempt: u32) {
        self.running[work.stage.0].remove(&(work.split, attempt));
    }

    /// A split is complete: what else was made of it counts no more.
    pub(super) fn complete(&mut self, work: Work) {
        self.running[work.stage.0].retain(|(split, _)| *split != work.split);
    }

    /// Only what is agreed to run still does: the rest was taken back, and its nodes may be gone.
    pub(super) fn keep_agreed(&mut self, agreed: &JobState) {
        for (stage, attempts) in (0..).map(StageId).zip(&mut self.running) {
            attempts.retain(|(split, number)| {
                let split = *split;
                let agreed = agreed.split(Work { stage, split });
                agreed.is_some_and(|it| it.running.iter().any(|it| it.number == *number))
            });
        }
    }

    /// An attempt counts.
    pub(super) fn count(&mut self, work: Work, counts: &[Counts]) {
        for (total, count) in self.completed[work.stage.0].iter_mut().zip(counts) {
            *total += *count;
        }
    }

    pub(super) fn retry(&mut self, stage: StageId) {
        self.retries[stage.0] += 1;
    }

    pub(super) fn running(&self, stage: StageId) -> usize {
        self.running[stage.0].len()
    }

    pub(super) fn any_running(&self) -> bool {
        self.running.iter().any(|attempts| !attempts.is_empty())
    }

    /// Every stage as it stands now; `running` is what its attempts did so far.
    pub(super) fn progress(
        &self,
        spec: &JobSpec,
        agreed: &JobState,
        running: &[(Ticket, Vec<Counts>)],
    ) -> Vec<StageProgress> {
        let mut roots: Vec<Counts> = self.completed.iter().map(|steps| steps[0]).collect();
        for (ticket, counts) in running {
            if let (Ticket::Attempt(work), Some(root)) = (ticket, counts.first()) {
                roots[work.stage.0] += *root;
            }
        }
        let stages = spec.plan.stages.iter().enumerate().zip(roots);
        stages
            .map(|((index, stage), root)| {
                let state = agreed.stages.get(index);
                let is_source = stage.input == StageInput::Source;
                let source = state.map_or(&[][..], |state| &state.source[..]);
                let total: u64 = source.iter().map(|split| split.bytes).sum();
                let name =
                    |step: &bubbles_pipeline::Step| spec.pipeline.task(step.task).name.to_string();
                StageProgress {
                    tasks: stage.steps.iter().map(name).collect(),
                    splits_done: state.map_or(0, bubbles_cluster::StageState::done),
                    splits: state
                        .filter(|state| state.splits.is_some())
                        .map(bubbles_cluster::StageState::width),
                    running: u32::try_from(self.running(StageId(index))).unwrap_or(u32::MAX),
                    bytes: root.bytes_in,
                    bytes_total: (is_source && total > 0).then_some(total),
                    rows: if is_source {
                        root.rows_out
                    } else {
                        root.rows_in
                    },
                    retries: self.retries[index],
                }
            })
            .collect()
    }

    /// What every task did in the end. Of a task in two phases, rows in are those
    /// of the first, rows out those of the last.
    pub(super) fn report(
        &self,
        spec: &JobSpec,
        published: &BTreeMap<TaskIndex, Vec<String>>,
    ) -> Vec<TaskReport> {
        let tasks = spec.pipeline.tasks().iter().enumerate();
        tasks
            .map(|(index, task)| {
                let mut counts = Counts::default();
                let mut in_rows = true;
                let mut out_rows = true;
                for (stage, totals) in spec.plan.stages.iter().zip(&self.completed) {
                    for (step, total) in stage.steps.iter().zip(totals) {
                        if step.task.0 != index {
                            continue;
                        }
                        let mut total = *total;
                        if step.phase == Phase::Final {
                            (total.rows_in, total.bytes_in) = (0, 0);
                        }
                        if step.phase == Phase::Partial {
                            (total.rows_out, total.bytes_out) = (0, 0);
                        }
                        in_rows &= step.accepts != Format::Bytes;
                        out_rows &= step.produces.unwrap_or(step.accepts) != Format::Bytes;
                        counts += total;
                    }
                }
                TaskReport {
                    name: task.name.to_string(),
                    kind: task.kind,
                    rows_in: (in_rows && (task.kind != Kind::Extract || out_rows))
                        .then_some(counts.rows_in),
                    rows_out: out_rows.then_some(counts.rows_out),
                    rejected: counts.rejected,
                    bytes_in: counts.bytes_in,
                    bytes_out: counts.bytes_out,
                    cpu_seconds: counts.cpu_nanos as f64 / 1e9,
                    outputs: published
                        .get(&TaskIndex(index))
                        .cloned()
                        .unwrap_or_default(),
                }
            })
            .collect()
    }
}
