//! One job on one node: how its tasks are set up, what runs, what its attempts left here.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

use bubbles_cluster::{Counts, JobId, JobSpec, Prepared, Work};
use bubbles_engine::Engine;
use bubbles_pipeline::{ExchangeId, NodeId};

use super::held;
use crate::attempt::{Fault, Produced, Tally};
use crate::job::JobContext;
use crate::order::{AttemptKey, Keep, Order, OrderId};
use crate::plugins::Shelf;
use crate::prepare::set_up;
use crate::rejects::{RejectQuota, RejectSpool};
use crate::state_folder::{GuestLog, StateFolder};
use crate::store::{ChunkStore, Sealed};

/// What a node works with.
pub(crate) struct Workshop {
    pub(crate) me: NodeId,
    pub(crate) engine: Engine,
    pub(crate) store: ChunkStore,
    pub(crate) state: StateFolder,
    pub(crate) shelf: Shelf,
}

/// One job on one node.
pub(crate) struct WorkerJob {
    pub(super) id: JobId,
    spec: Arc<JobSpec>,
    /// Seen by the guests that run for this job.
    pub(super) stop: Arc<AtomicBool>,
    context: OnceLock<Result<Arc<JobContext>, Fault>>,
    running: Mutex<BTreeMap<OrderId, Arc<Vec<Tally>>>>,
    kept: Mutex<Kept>,
}

/// What attempts left, by whose it is.
#[derive(Default)]
struct Kept {
    /// By exchange, split and attempt: its partitions.
    stored: BTreeMap<(ExchangeId, u32, u32), Vec<Sealed>>,
    rejects: BTreeMap<(Work, u32), Arc<RejectSpool>>,
    /// Prepared, and not yet agreed to count.
    unrecorded: BTreeMap<(Work, u32), Vec<Prepared>>,
}

impl WorkerJob {
    pub(super) fn new(id: JobId, spec: Arc<JobSpec>) -> Self {
        Self {
            id,
            spec,
            stop: Arc::default(),
            context: OnceLock::new(),
            running: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// How its tasks are run: made by the first to ask, which loads its plugins.
    pub(super) fn context(&self, workshop: &Workshop) -> Result<Arc<JobContext>, Fault> {
        self.context
            .get_or_init(|| self.make_context(workshop).map(Arc::new))
            .clone()
    }

    fn make_context(&self, workshop: &Workshop) -> Result<JobContext, Fault> {
        let spec = &self.spec;
        let pipeline = &spec.pipeline;
        let mut tasks = Vec::with_capacity(spec.plugins.len());
        for (task, digest) in pipeline.tasks().iter().zip(&spec.plugins) {
            let plugin = workshop
                .shelf
                .load(&workshop.engine, digest)
                .map_err(|error| Fault::environment(format!("task \"{}\": {error}", task.name)))?;
            let set_up = set_up(task, &plugin, pipeline.base()).map_err(Fault::environment)?;
            tasks.push(set_up);
        }
        let folder = workshop
            .state
            .new_job(&self.id.0)
            .map_err(|error| Fault::environment(format!("the job's folder: {error}")))?;
        Ok(JobContext {
            id: self.id.clone(),
            spec: Arc::clone(spec),
            tasks,
            engine: workshop.engine.clone(),
            store: workshop.store.clone(),
            guest_log: GuestLog::new(&folder),
            reject_quota: RejectQuota::default(),
            folder,
        })
    }

    /// An order is on its way to a slot: it shows in the progress from now on.
    pub(super) fn expect(&self, id: OrderId, order: &Order) {
        if let Order::Attempt(attempt) = order {
            let stage = &self.spec.plan.stages[attempt.key.work.stage.0];
            let tallies = stage.steps.iter().map(|_| Tally::default()).collect();
            held(&self.running).insert(id, Arc::new(tallies));
        }
    }

    pub(super) fn forget(&self, id: OrderId) {
        held(&self.running).remove(&id);
    }

    pub(super) fn tallies(&self, id: OrderId) -> Arc<Vec<Tally>> {
        let running = held(&self.running);
        Arc::clone(running.get(&id).expect("an attempt is expected first"))
    }

    pub(super) fn progress(&self) -> Vec<(OrderId, Vec<Counts>)> {
        let running = held(&self.running);
        let counts = |tallies: &[Tally]| tallies.iter().map(Tally::counts).collect();
        running
            .iter()
            .map(|(id, tallies)| (*id, counts(tallies)))
            .collect()
    }

    /// Keeps what an attempt made, until it is agreed whether it counts.
    pub(super) fn keep(&self, key: &AttemptKey, produced: Produced) {
        let mut kept = held(&self.kept);
        for (exchange, partitions) in produced.exchanges {
            let place = (exchange, key.work.split, key.attempt);
            kept.stored.insert(place, partitions);
        }
        let place = (key.work, key.attempt);
        kept.rejects.insert(place, Arc::new(produced.rejects));
        kept.unrecorded.insert(place, produced.receipts);
    }

    /// Lets go of what is not to be kept; gives what the attempt prepared.
    pub(super) fn recorded(&self, key: &AttemptKey, keep: Keep) -> Vec<Prepared> {
        let mut kept = held(&self.kept);
        let place = (key.work, key.attempt);
        if keep != Keep::All {
            kept.rejects.remove(&place);
        }
        if keep == Keep::Nothing {
            let plan = &self.spec.plan;
            let stage = |exchange: ExchangeId| plan.exchanges[exchange.0].from.0;
            kept.stored.retain(|(exchange, split, attempt), _| {
                stage(*exchange) != key.work.stage
                    || *split != key.work.split
                    || *attempt != key.attempt
            });
        }
        kept.unrecorded.remove(&place).unwrap_or_default()
    }

    /// All that was prepared and never agreed on.
    pub(super) fn take_unrecorded(&self) -> Vec<Prepared> {
        let unrecorded = std::mem::take(&mut held(&self.kept).unrecorded);
        unrecorded.into_values().flatten().collect()
    }

    pub(super) fn release(&self, exchange: ExchangeId, split: Option<u32>) {
        held(&self.kept)
            .stored
            .retain(|(of, at, _), _| *of != exchange || split.is_some_and(|split| split != *at));
    }

    /// What an attempt stored for a partition of an exchange.
    pub(crate) fn stored(
        &self,
        exchange: ExchangeId,
        split: u32,
        attempt: u32,
        partition: u32,
    ) -> Option<Sealed> {
        let kept = held(&self.kept);
        let partitions = kept.stored.get(&(exchange, split, attempt))?;
        partitions.get(partition as usize).cloned()
    }

    /// What an attempt put aside.
    pub(crate) fn rejects(&self, work: Work, attempt: u32) -> Option<Arc<RejectSpool>> {
        held(&self.kept).rejects.get(&(work, attempt)).cloned()
    }
}
