//! Which work of a job may begin: a function of what is agreed.

use bubbles_pipeline::{ExchangeMode, StageInput};

use crate::{JobState, Work};

/// All work that may begin now, stage by stage, split by split.
///
/// Splits that are complete or have a running attempt are left out; so is
/// everything once the job is decided.
pub fn ready(job: &JobState) -> impl Iterator<Item = Work> {
    let open = job.decision.is_none();
    job.stages
        .iter()
        .enumerate()
        .filter(move |_| open)
        .flat_map(move |(index, stage)| {
            let stage_id = job.stage_id(index);
            stage
                .splits
                .iter()
                .flatten()
                .enumerate()
                .filter(|(_, split)| split.completed.is_none() && split.running.is_empty())
                .filter_map(move |(number, _)| {
                    let split = u32::try_from(number).ok()?;
                    let work = Work {
                        stage: stage_id,
                        split,
                    };
                    is_ready(job, work).then_some(work)
                })
        })
}

/// Whether all that an attempt at this work will read is complete.
#[must_use]
pub fn is_ready(job: &JobState, work: Work) -> bool {
    let StageInput::Exchanges(inputs) = &job.plan.stages[work.stage.0].input else {
        return true;
    };
    inputs.iter().all(|exchange| {
        let exchange = &job.plan.exchanges[exchange.0];
        let producer = &job.stages[exchange.from.0.0];
        match exchange.mode {
            ExchangeMode::Forward => producer.is_split_complete(work.split),
            ExchangeMode::PartitionBy(_) | ExchangeMode::Gather | ExchangeMode::Broadcast => {
                producer.is_complete()
            }
        }
    })
}
