//! What an attempt reads, found where it lies.

use bubbles_engine as engine;

use super::job::{WorkerJob, Workshop};
use crate::attempt::{Fault, Input};
use crate::order::{ExchangeInput, InputOrder};
use crate::store::Sealed;

/// Finds all that an attempt will read.
pub(super) fn find(
    workshop: &Workshop,
    job: &WorkerJob,
    order: &InputOrder,
) -> Result<Input, Fault> {
    match order {
        InputOrder::Source(split) => Ok(Input::Source(engine::Split {
            payload: split.payload.clone(),
            bytes: split.bytes,
        })),
        InputOrder::Exchanges(inputs) => {
            let found = inputs
                .iter()
                .map(|input| find_exchange(workshop, job, input));
            Ok(Input::Exchanges(found.collect::<Result<_, _>>()?))
        }
    }
}

fn find_exchange(
    workshop: &Workshop,
    job: &WorkerJob,
    input: &ExchangeInput,
) -> Result<Vec<Sealed>, Fault> {
    let found = input.from.iter().map(|place| {
        debug_assert_eq!(place.node, workshop.me, "there is no other node");
        job.stored(input.exchange, place.split, place.attempt, input.partition)
            .ok_or_else(|| Fault::environment("what the attempt reads is not here any more"))
    });
    found.collect()
}
