//! A worker: the slots of a node, what they run, and what it leaves for others.
//!
//! It does as its leader says ([`ToWorker`]) and tells what came of it
//! ([`FromWorker`]). It decides nothing.

mod input;
mod job;
mod slot;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bubbles_cluster::{Counts, JobId, Prepared, Work};
use bubbles_pipeline::{ExchangeId, Kind};

pub(crate) use job::Workshop;

use crate::FailureKind;
use crate::attempt::{Fault, Verdict, discard};
use crate::job::JobContext;
use crate::metrics::{self, AttemptEnd};
use crate::order::{AttemptKey, Done, FromWorker, Keep, Order, OrderId, Ready, ToWorker};
use crate::rejects::RejectSpool;
use crate::store::Sealed;
use job::WorkerJob;

/// Where a worker's outcomes go.
pub(crate) type Report = Box<dyn Fn(FromWorker) + Send + Sync>;

/// The slots of a node. Dropping it lets each finish what it does and what waits, and joins it.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    workshop: Workshop,
    report: Report,
    queue: Mutex<Queue>,
    /// Something is in the queue, or it is closed.
    filled: Condvar,
    jobs: Mutex<BTreeMap<JobId, Arc<WorkerJob>>>,
    /// What came of orders, until it is known to have been heard.
    untold: Mutex<BTreeMap<OrderId, Done>>,
}

#[derive(Default)]
struct Queue {
    /// As long as the leader makes it: an order for each free slot, and what is to be removed.
    items: VecDeque<Item>,
    closed: bool,
}

enum Item {
    /// Load the job's plugins ahead of its first attempt.
    SetUp(Arc<WorkerJob>),
    Order {
        id: OrderId,
        order: Order,
        job: Arc<WorkerJob>,
    },
    /// Remove what attempts left staged that went with their nodes.
    Sweep(Arc<WorkerJob>),
    /// Remove what an attempt that lost has prepared.
    Discard {
        job: Arc<WorkerJob>,
        receipts: Vec<Prepared>,
    },
}

impl Worker {
    /// Starts so many slots.
    pub(crate) fn start(slots: usize, workshop: Workshop, report: Report) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            workshop,
            report,
            queue: Mutex::default(),
            filled: Condvar::new(),
            jobs: Mutex::default(),
            untold: Mutex::default(),
        });
        let threads = (0..slots).map(|number| {
            let shared = Arc::clone(&shared);
            slot::start(number, move || shared.work())
        });
        Ok(Self {
            threads: threads.collect::<Result<_, _>>()?,
            shared,
        })
    }

    /// How many attempts it runs at once.
    pub(crate) fn slots(&self) -> usize {
        self.threads.len()
    }

    /// Takes what its leader says. Does not wait.
    pub(crate) fn take(&self, message: ToWorker) {
        let shared = &self.shared;
        match message {
            ToWorker::Begin { job, spec } => {
                if let Entry::Vacant(place) = held(&shared.jobs).entry(job.clone()) {
                    let begun = Arc::new(WorkerJob::new(job, spec));
                    shared.put(Item::SetUp(Arc::clone(&begun)));
                    place.insert(begun);
                }
            }
            ToWorker::Order { id, order } => match shared.job(order.job()) {
                Some(job) => {
                    job.expect(id, &order);
                    shared.put(Item::Order { id, order, job });
                }
                None => {
                    let unknown = Fault::environment("an order came for a job that has not begun");
                    shared.tell(id, order.failed(unknown));
                }
            },
            ToWorker::Recorded { id, attempt, keep } => {
                held(&shared.untold).remove(&id);
                shared.recorded(&attempt, keep);
            }
            ToWorker::Heard(id) => {
                held(&shared.untold).remove(&id);
            }
            ToWorker::Stop { job } => {
                if let Some(job) = shared.job(&job) {
                    job.stop.store(true, Ordering::Relaxed);
                }
            }
            ToWorker::Release {
                job,
                exchange,
                split,
            } => {
                if let Some(job) = shared.job(&job) {
                    job.release(exchange, split);
                }
            }
            ToWorker::End { job, lost } => {
                let ended = held(&shared.jobs).remove(&job);
                if let Some(job) = ended {
                    job.stop.store(true, Ordering::Relaxed);
                    shared.discard(&job, job.take_unrecorded());
                    if lost {
                        shared.put(Item::Sweep(job));
                    }
                }
            }
        }
    }

    /// How it stands, for a leader that has not heard of it yet.
    pub(crate) fn ready(&self) -> Ready {
        let jobs = held(&self.shared.jobs);
        // What is under way first: what ends meanwhile is in both, never in neither.
        let under_way = jobs.values().flat_map(|job| job.under_way()).collect();
        let untold = held(&self.shared.untold);
        Ready {
            under_way,
            untold: untold
                .iter()
                .map(|(id, done)| (*id, done.clone()))
                .collect(),
            jobs: jobs.keys().cloned().collect(),
            draining: false,
        }
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        let jobs = held(&self.shared.jobs);
        jobs.values().all(|job| job.under_way().is_empty())
    }

    /// What an attempt stored for a partition of an exchange, if it is here.
    pub(crate) fn stored(
        &self,
        job: &JobId,
        exchange: ExchangeId,
        split: u32,
        attempt: u32,
        partition: u32,
    ) -> Option<Sealed> {
        let job = self.shared.job(job)?;
        job.stored(exchange, split, attempt, partition)
    }

    /// What an attempt put aside, if it is here.
    pub(crate) fn rejects(
        &self,
        job: &JobId,
        work: Work,
        attempt: u32,
    ) -> Option<Arc<RejectSpool>> {
        self.shared.job(job)?.rejects(work, attempt)
    }

    /// What its running attempts did so far.
    pub(crate) fn progress(&self) -> Vec<(OrderId, Vec<Counts>)> {
        let jobs = held(&self.shared.jobs);
        jobs.values().flat_map(|job| job.progress()).collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        held(&self.shared.queue).closed = true;
        self.shared.filled.notify_all();
        for thread in self.threads.drain(..) {
            // A slot catches what its orders panic with.
            thread.join().ok();
        }
    }
}

impl Shared {
    fn job(&self, job: &JobId) -> Option<Arc<WorkerJob>> {
        held(&self.jobs).get(job).cloned()
    }

    fn tell(&self, id: OrderId, done: Done) {
        held(&self.untold).insert(id, done.clone());
        (self.report)(FromWorker::Done { id, done });
    }

    fn put(&self, item: Item) {
        held(&self.queue).items.push_back(item);
        self.filled.notify_one();
    }

    fn discard(&self, job: &Arc<WorkerJob>, receipts: Vec<Prepared>) {
        if !receipts.is_empty() {
            let job = Arc::clone(job);
            self.put(Item::Discard { job, receipts });
        }
    }

    fn recorded(&self, key: &AttemptKey, keep: Keep) {
        metrics::attempt_ended(match keep {
            Keep::All | Keep::Chunks => AttemptEnd::Completed,
            Keep::Nothing => AttemptEnd::Late,
        });
        let Some(job) = self.job(&key.job) else {
            return;
        };
        let receipts = job.recorded(key, keep);
        if keep != Keep::All {
            self.discard(&job, receipts);
        }
    }

    /// What a slot does all its life.
    fn work(&self) {
        while let Some(item) = self.next() {
            match item {
                // Whoever needs the job first tells why it failed.
                Item::SetUp(job) => drop(job.context(&self.workshop)),
                Item::Sweep(job) => {
                    if let Ok(context) = job.context(&self.workshop) {
                        sweep(&context);
                    }
                }
                Item::Discard { job, receipts } => {
                    if let Ok(context) = job.context(&self.workshop) {
                        discard(&context, receipts);
                    }
                }
                Item::Order { id, order, job } => {
                    if matches!(order, Order::Attempt(_)) {
                        metrics::attempt_started();
                    }
                    let done = self.carry_out_guarded(id, &order, &job);
                    if let Done::Attempted(_, Err(fault)) = &done {
                        metrics::attempt_ended(fault.end());
                    }
                    self.tell(id, done);
                    job.forget(id);
                }
            }
        }
    }

    fn next(&self) -> Option<Item> {
        let mut queue = held(&self.queue);
        loop {
            if let Some(item) = queue.items.pop_front() {
                return Some(item);
            }
            if queue.closed {
                return None;
            }
            queue = self
                .filled
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A panic of the runtime fails the order and not the node.
    fn carry_out_guarded(&self, id: OrderId, order: &Order, job: &Arc<WorkerJob>) -> Done {
        let work = || slot::carry_out(&self.workshop, id, order, job);
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let message = format!("the runtime panicked: {text}; please report this");
            let kind = FailureKind::Environment;
            order.failed(Fault::new(None, kind, Verdict::Counts, message))
        })
    }
}

/// A failure is told, and leaves hidden files at worst.
fn sweep(context: &JobContext) {
    let tasks = context.spec.pipeline.tasks().iter().zip(&context.tasks);
    for (task, setup) in tasks.filter(|(task, _)| task.kind == Kind::Load) {
        match bubbles_engine::sweep(&setup.grants, &context.id.0) {
            Ok(0) => {}
            Ok(files) => tracing::info!(job = %context.id, task = %task.name, files,
                "removed what dead attempts had staged"),
            Err(error) => tracing::warn!(job = %context.id, task = %task.name, %error,
                "what dead attempts had staged was not all removed"),
        }
    }
}

/// The lock's content; a panic elsewhere has been caught and told.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
