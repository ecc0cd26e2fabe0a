//! The output of a committed job is exactly what was to come of it: of each split of each stage with
//! a load one part, of the attempt that won, and all of it made of the same rows.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_cluster::{Decision, JobSpec, Work};
use bubbles_pipeline::{ExchangeMode, StageId, StageInput, TaskIndex};

use super::super::history::{History, shown};
use super::super::jobs::{Planned, loads};
use super::super::outside::{Outside, Receipt};

/// All jobs have ended.
pub(in super::super) fn check(history: &mut History, outside: &Outside, jobs: &[Planned]) {
    for job in jobs {
        let seen: BTreeSet<Receipt> = outside.seen(&job.id).cloned().collect();
        let Some((decision, in_force)) = history.decided.get(&job.id) else {
            continue;
        };
        let mut broken = Vec::new();
        if *decision == Decision::Abort {
            if !seen.is_empty() {
                broken.push("aborted, and output is visible".to_owned());
            }
        } else {
            let parts = |receipts: &BTreeSet<Receipt>| -> Vec<(TaskIndex, Work)> {
                let mut parts: Vec<_> = receipts.iter().map(|it| (it.task, it.work)).collect();
                parts.sort();
                parts
            };
            let expected = expected(job);
            if parts(&seen) != expected {
                let seen = parts(&seen);
                broken.push(format!("visible is {seen:?}, and should be {expected:?}"));
            }
            if seen != *in_force {
                broken.push("visible is what did not win".to_owned());
            }
            broken.extend(mixed(&seen));
        }
        let named = broken
            .iter()
            .map(|what| format!("ledger: {}: {what}", job.id));
        history.broken.extend(named);
    }
}

/// The parts that the output should have.
fn expected(job: &Planned) -> Vec<(TaskIndex, Work)> {
    let stages = (0..job.spec.plan.stages.len()).map(StageId);
    let parts = stages.flat_map(|stage| {
        let width = width(&job.spec, stage, job.splits as u32);
        loads(&job.spec, stage)
            .flat_map(move |task| (0..width).map(move |split| (task, Work { stage, split })))
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}

/// How many splits a stage has; said again here, as the plan's own word is what is tried.
fn width(spec: &JobSpec, stage: StageId, source: u32) -> u32 {
    let StageInput::Exchanges(inputs) = &spec.plan.stages[stage.0].input else {
        return source;
    };
    let first = &spec.plan.exchanges[inputs[0].0];
    match first.mode {
        ExchangeMode::Forward => width(spec, first.from.0, source),
        ExchangeMode::PartitionBy(_) => spec.plan.stages[stage.0].partitions.get(),
        ExchangeMode::Gather | ExchangeMode::Broadcast => 1,
    }
}

/// Splits of which two parts of the output have different rows.
fn mixed(seen: &BTreeSet<Receipt>) -> Vec<String> {
    let mut runs: BTreeMap<Work, u32> = BTreeMap::new();
    let mut mixed = Vec::new();
    for (work, run) in seen.iter().flat_map(|receipt| &receipt.rows) {
        let first = *runs.entry(*work).or_insert(*run);
        if first != *run {
            let work = shown(*work);
            mixed.push(format!("rows of {work} are of its runs {first} and {run}"));
        }
    }
    mixed
}
