//! Which work of a job may begin: a function of what is agreed.

use bubbles_pipeline::{ExchangeMode, StageId, StageInput};

use crate::{JobState, Work};

/// All work that may begin now, stage by stage, split by split.
///
/// Splits that are complete or have a running attempt are left out; so is
/// everything once the job is decided.
pub fn ready(job: &JobState) -> impl Iterator<Item = Work> {
    let open = job.decision.is_none();
    let stages = (0..job.stages.len()).filter(move |_| open).map(StageId);
    stages.flat_map(move |stage| ready_of(job, stage))
}

/// The same for one stage.
pub fn ready_of(job: &JobState, stage: StageId) -> impl Iterator<Item = Work> {
    let splits = (0..).zip(job.stages[stage.0].splits.iter().flatten());
    let idle = splits.filter(|(_, split)| !split.is_available() && split.running.is_empty());
    idle.map(move |(split, _)| Work { stage, split })
        .filter(move |work| is_ready(job, *work))
}

/// Whether all that an attempt at this work will read can be read.
#[must_use]
pub fn is_ready(job: &JobState, work: Work) -> bool {
    let plan = job.plan();
    let StageInput::Exchanges(inputs) = &plan.stages[work.stage.0].input else {
        return true;
    };
    inputs.iter().all(|exchange| {
        let exchange = &plan.exchanges[exchange.0];
        let producer = &job.stages[exchange.from.0.0];
        match exchange.mode {
            ExchangeMode::Forward => producer.is_split_available(work.split),
            ExchangeMode::PartitionBy(_) | ExchangeMode::Gather | ExchangeMode::Broadcast => {
                producer.is_available()
            }
        }
    })
}
