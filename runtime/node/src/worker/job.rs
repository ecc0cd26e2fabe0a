//! One job on one node: how its tasks are set up, what runs, what its attempts left here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bubbles_cluster::{Counts, JobId, JobSpec, Prepared, Work};
use bubbles_engine::Engine;
use bubbles_pipeline::{ExchangeId, NodeId, Plan};
use tokio::runtime::Handle;

use super::held;
use crate::attempt::{Fault, Produced, Tally, Verdict};
use crate::job::JobContext;
use crate::order::{AttemptKey, Keep, Order, OrderId, UnderWay};
use crate::plugins::{Shelf, ShelfError};
use crate::prepare::set_up;
use crate::reach::Reach;
use crate::rejects::{RejectQuota, RejectSpool};
use crate::state_folder::{GuestLog, StateFolder};
use crate::store::{ChunkStore, Sealed};

/// What a node works with.
pub(crate) struct Workshop {
    pub(crate) me: NodeId,
    /// The node's name, for its log.
    pub(crate) name: String,
    pub(crate) engine: Engine,
    pub(crate) store: ChunkStore,
    pub(crate) state: StateFolder,
    pub(crate) shelf: Shelf,
    /// The way to other nodes; none: there are none.
    pub(crate) reach: Option<Arc<dyn Reach>>,
    pub(crate) runtime: Handle,
}

/// One job on one node.
pub(crate) struct WorkerJob {
    pub(crate) id: JobId,
    spec: Arc<JobSpec>,
    /// Seen by the guests of the orders that come from now on.
    stop: Mutex<Arc<AtomicBool>>,
    context: Mutex<Option<Arc<JobContext>>>,
    under_way: Mutex<BTreeMap<OrderId, Running>>,
    kept: Mutex<Kept>,
}

/// An order that is not carried out yet.
struct Running {
    attempt: Option<AttemptKey>,
    tallies: Arc<Vec<Tally>>,
    stop: Arc<AtomicBool>,
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
            stop: Mutex::default(),
            context: Mutex::default(),
            under_way: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.spec.plan
    }

    /// How its tasks are run: made by the first to ask, which loads its plugins, while others
    /// wait. What fails is tried again by the next.
    pub(super) fn context(&self, workshop: &Workshop) -> Result<Arc<JobContext>, Fault> {
        let mut context = held(&self.context);
        if let Some(made) = &*context {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(self.make_context(workshop)?);
        Ok(Arc::clone(context.insert(made)))
    }

    fn make_context(&self, workshop: &Workshop) -> Result<JobContext, Fault> {
        let spec = &self.spec;
        let pipeline = &spec.pipeline;
        let mut tasks = Vec::with_capacity(spec.plugins.len());
        for (task, digest) in pipeline.tasks().iter().zip(&spec.plugins) {
            let loaded = workshop
                .shelf
                .load(&workshop.engine, workshop.reach.as_deref(), digest);
            let plugin = loaded.map_err(|error| {
                let message = format!("task \"{}\": {error}", task.name);
                let mut fault = Fault::environment(message);
                match error {
                    ShelfError::Pull { .. } => fault.verdict = Verdict::Transient,
                    ShelfError::Folder { .. } => fault.verdict = Verdict::Node,
                    ShelfError::Missing(_) | ShelfError::Load(_) => {}
                }
                fault
            })?;
            let set_up = set_up(task, &plugin, pipeline.base()).map_err(Fault::environment)?;
            tasks.push(set_up);
        }
        let folder = workshop
            .state
            .new_job(&self.id.0)
            .map_err(|error| Fault::node(format!("the job's folder: {error}")))?;
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
        let (attempt, steps) = match order {
            Order::Attempt(attempt) => {
                let stage = &self.spec.plan.stages[attempt.key.work.stage.0];
                (Some(attempt.key.clone()), stage.steps.len())
            }
            _ => (None, 0),
        };
        let tallies = Arc::new((0..steps).map(|_| Tally::default()).collect());
        let stop = Arc::clone(&held(&self.stop));
        let running = Running {
            attempt,
            tallies,
            stop,
        };
        held(&self.under_way).insert(id, running);
    }

    /// Has what is under way stopped. What comes after is of a leader that wants it: whoever had it
    /// stopped may have been deposed before it was agreed that the job ends.
    pub(super) fn stop(&self) {
        std::mem::take(&mut *held(&self.stop)).store(true, Ordering::Relaxed);
    }

    /// Set once nobody wants what this order makes.
    pub(crate) fn stop_of(&self, id: OrderId) -> Arc<AtomicBool> {
        self.running(id, |running| &running.stop)
    }

    pub(super) fn forget(&self, id: OrderId) {
        held(&self.under_way).remove(&id);
    }

    pub(super) fn tallies(&self, id: OrderId) -> Arc<Vec<Tally>> {
        self.running(id, |running| &running.tallies)
    }

    fn running<T: ?Sized>(&self, id: OrderId, part: impl Fn(&Running) -> &Arc<T>) -> Arc<T> {
        let under_way = held(&self.under_way);
        let running = under_way.get(&id).expect("an order is expected first");
        Arc::clone(part(running))
    }

    pub(super) fn progress(&self) -> Vec<(OrderId, Vec<Counts>)> {
        let under_way = held(&self.under_way);
        let attempts = under_way
            .iter()
            .filter(|(_, running)| running.attempt.is_some());
        attempts
            .map(|(id, running)| (*id, running.tallies.iter().map(Tally::counts).collect()))
            .collect()
    }

    pub(super) fn under_way(&self) -> Vec<UnderWay> {
        let under_way = held(&self.under_way);
        let orders = under_way.iter().map(|(id, running)| UnderWay {
            id: *id,
            job: self.id.clone(),
            attempt: running.attempt.clone(),
        });
        orders.collect()
    }

    /// Keeps what an attempt made, until it is agreed whether it counts.
    pub(crate) fn keep(&self, key: &AttemptKey, produced: Produced) {
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

    /// What an attempt stored has been damaged: it is as good as gone, and who asks is told so.
    pub(crate) fn forget_stored(&self, exchange: ExchangeId, split: u32, attempt: u32) {
        held(&self.kept).stored.remove(&(exchange, split, attempt));
    }

    /// What an attempt put aside.
    pub(crate) fn rejects(&self, work: Work, attempt: u32) -> Option<Arc<RejectSpool>> {
        held(&self.kept).rejects.get(&(work, attempt)).cloned()
    }
}
