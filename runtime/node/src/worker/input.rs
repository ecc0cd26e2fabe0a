//! What an attempt reads, found where it lies.

use std::sync::Arc;

use bubbles_cluster::Work;
use bubbles_engine as engine;

use super::job::{WorkerJob, Workshop};
use crate::attempt::{Fault, Input, LostInput, Stored};
use crate::order::{ExchangeInput, InputOrder};
use crate::reach::{ChunkPlace, Pull};

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
) -> Result<Vec<Stored>, Fault> {
    let stage = job.plan().exchanges[input.exchange.0].from.0;
    let found = input.from.iter().map(|place| {
        let split = place.split;
        let work = Work { stage, split };
        if place.node == workshop.me {
            let sealed = job.stored(input.exchange, split, place.attempt, input.partition);
            return match sealed {
                Some(sealed) => Ok(Stored::Here(work, sealed)),
                None => Err(Fault::lost_input(
                    LostInput { work, gone: true },
                    "what the attempt reads is not here any more",
                )),
            };
        }
        let Some(reach) = &workshop.reach else {
            let message = "what the attempt reads is on another node, and there is no way to it";
            return Err(Fault::environment(message));
        };
        let place = ChunkPlace {
            node: place.node,
            job: job.id.clone(),
            exchange: input.exchange,
            work,
            attempt: place.attempt,
            partition: input.partition,
        };
        let (reach, runtime) = (Arc::clone(reach), workshop.runtime.clone());
        Ok(Stored::There(Pull::new(reach, runtime, place)))
    });
    found.collect()
}
