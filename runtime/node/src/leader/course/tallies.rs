//! What a job's tasks did so far: of attempts that count, and of those that run.

use std::collections::BTreeMap;
use std::sync::Arc;

use bubbles_cluster::{JobState, Work};
use bubbles_engine as engine;
use bubbles_pipeline::{Format, Kind, Phase, Plan, StageId, StageInput, TaskIndex};

use crate::attempt::{Counts, Tally};
use crate::job::JobContext;
use crate::{StageProgress, TaskReport};

/// Counters by stage and step.
pub(super) struct Tallies {
    completed: Vec<Vec<Counts>>,
    retries: Vec<u32>,
    running: BTreeMap<Work, Arc<Vec<Tally>>>,
}

impl Tallies {
    pub(super) fn new(plan: &Plan) -> Self {
        let steps = |stage: &bubbles_pipeline::Stage| vec![Counts::default(); stage.steps.len()];
        Self {
            completed: plan.stages.iter().map(steps).collect(),
            retries: vec![0; plan.stages.len()],
            running: BTreeMap::new(),
        }
    }

    /// An attempt begins: it counts here while it runs.
    pub(super) fn start(&mut self, work: Work) -> Arc<Vec<Tally>> {
        let steps = self.completed[work.stage.0].len();
        let tallies: Arc<Vec<Tally>> = Arc::new((0..steps).map(|_| Tally::default()).collect());
        self.running.insert(work, Arc::clone(&tallies));
        tallies
    }

    /// The attempt was recorded.
    pub(super) fn complete(&mut self, work: Work) {
        let tallies = self.running.remove(&work).expect("it was started");
        for (total, tally) in self.completed[work.stage.0].iter_mut().zip(tallies.iter()) {
            *total += tally.counts();
        }
    }

    /// The attempt was not recorded: what it did never happened.
    pub(super) fn give_up(&mut self, work: Work) {
        self.running.remove(&work);
    }

    pub(super) fn retry(&mut self, stage: StageId) {
        self.retries[stage.0] += 1;
    }

    pub(super) fn running(&self, stage: StageId) -> usize {
        self.running
            .keys()
            .filter(|work| work.stage == stage)
            .count()
    }

    pub(super) fn any_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Every stage as it stands now.
    pub(super) fn progress(
        &self,
        context: &JobContext,
        agreed: &JobState,
        sources: &BTreeMap<StageId, Vec<engine::Split>>,
    ) -> Vec<StageProgress> {
        let stages = context.plan.stages.iter().enumerate();
        stages
            .map(|(index, stage)| {
                let id = StageId(index);
                let splits = agreed.stages[index].splits.as_ref();
                let done = splits.map_or(0, |splits| {
                    splits
                        .iter()
                        .filter(|split| split.completed.is_some())
                        .count()
                });
                let mut root = self.completed[index][0];
                for (_, tallies) in self.running.iter().filter(|(work, _)| work.stage == id) {
                    root += tallies[0].counts();
                }
                let is_source = stage.input == StageInput::Source;
                let total: u64 = sources
                    .get(&id)
                    .map_or(0, |splits| splits.iter().map(|split| split.bytes).sum());
                let names = stage.steps.iter().map(|step| context.task_name(step.task));
                StageProgress {
                    tasks: names.collect(),
                    splits_done: narrow(done),
                    splits: splits.map(|splits| narrow(splits.len())),
                    running: narrow(self.running(id)),
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
        context: &JobContext,
        published: &BTreeMap<TaskIndex, Vec<String>>,
    ) -> Vec<TaskReport> {
        let tasks = context.pipeline.tasks().iter().enumerate();
        tasks
            .map(|(index, task)| {
                let mut counts = Counts::default();
                let mut in_rows = true;
                let mut out_rows = true;
                for (stage, totals) in context.plan.stages.iter().zip(&self.completed) {
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
                    cpu_seconds: counts.cpu.as_secs_f64(),
                    outputs: published
                        .get(&TaskIndex(index))
                        .cloned()
                        .unwrap_or_default(),
                }
            })
            .collect()
    }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
