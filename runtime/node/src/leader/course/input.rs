//! Where all lies that an attempt reads: a function of what is agreed.

use bubbles_cluster::{JobState, Work};
use bubbles_pipeline::{ExchangeId, ExchangeMode, StageInput};

use crate::order::{ExchangeInput, InputOrder, StoredPlace};

/// What an attempt at this work reads. All of it is agreed to be available.
pub(super) fn of(agreed: &JobState, work: Work) -> InputOrder {
    match &agreed.plan().stages[work.stage.0].input {
        StageInput::Source => {
            let splits = &agreed.stages[work.stage.0].source;
            InputOrder::Source(splits[work.split as usize].clone())
        }
        StageInput::Exchanges(exchanges) => {
            let inputs = exchanges.iter().map(|id| exchange(agreed, *id, work.split));
            InputOrder::Exchanges(inputs.collect())
        }
    }
}

fn exchange(agreed: &JobState, id: ExchangeId, split: u32) -> ExchangeInput {
    let exchange = &agreed.plan().exchanges[id.0];
    let producers = agreed.stages[exchange.from.0.0].splits.iter().flatten();
    let stored = (0..).zip(producers).filter_map(|(split, producer)| {
        let done = producer.completed.as_ref()?;
        Some(StoredPlace {
            node: done.node,
            split,
            attempt: done.attempt,
        })
    });
    let (partition, from) = match exchange.mode {
        ExchangeMode::Forward => (0, stored.filter(|place| place.split == split).collect()),
        ExchangeMode::PartitionBy(_) => (split, stored.collect()),
        ExchangeMode::Gather | ExchangeMode::Broadcast => (0, stored.collect()),
    };
    ExchangeInput {
        exchange: id,
        partition,
        from,
    }
}
