//! A worker: the slots of a node, what they run, and what it leaves for others.
//!
//! It does as its leader says ([`ToWorker`]) and tells what came of it
//! ([`FromWorker`](crate::order::FromWorker)). It decides nothing. What it knows is in [`Books`];
//! here are the threads.

mod books;
mod input;
mod job;
mod slot;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bubbles_cluster::{Counts, JobId, Work};
use bubbles_pipeline::{ExchangeId, Kind};

pub(crate) use books::{Books, Item, Report};
pub(crate) use job::{WorkerJob, Workshop};

use crate::FailureKind;
use crate::attempt::{Fault, Verdict, discard};
use crate::job::JobContext;
use crate::metrics;
use crate::order::{Done, Order, OrderId, Ready, ToWorker};
use crate::rejects::RejectSpool;
use crate::store::Sealed;

/// The slots of a node. Dropping it lets each finish what it does and what waits, and joins it.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    workshop: Workshop,
    books: Books,
}

impl Worker {
    /// Starts so many slots.
    pub(crate) fn start(slots: usize, workshop: Workshop, report: Report) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            workshop,
            books: Books::new(report),
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
        self.shared.books.take(message);
    }

    /// How it stands, for a leader that has not heard of it yet.
    pub(crate) fn ready(&self) -> Ready {
        self.shared.books.ready()
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.shared.books.is_idle()
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
        let job = self.shared.books.job(job)?;
        job.stored(exchange, split, attempt, partition)
    }

    /// What an attempt stored here cannot be read any more.
    pub(crate) fn forget_stored(
        &self,
        job: &JobId,
        exchange: ExchangeId,
        split: u32,
        attempt: u32,
    ) {
        if let Some(job) = self.shared.books.job(job) {
            job.forget_stored(exchange, split, attempt);
        }
    }

    /// What an attempt put aside, if it is here.
    pub(crate) fn rejects(
        &self,
        job: &JobId,
        work: Work,
        attempt: u32,
    ) -> Option<Arc<RejectSpool>> {
        self.shared.books.job(job)?.rejects(work, attempt)
    }

    /// What its running attempts did so far.
    pub(crate) fn progress(&self) -> Vec<(OrderId, Vec<Counts>)> {
        self.shared.books.progress()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.books.close();
        for thread in self.threads.drain(..) {
            // A slot catches what its orders panic with.
            thread.join().ok();
        }
    }
}

impl Shared {
    /// What a slot does all its life.
    fn work(&self) {
        while let Some(item) = self.books.wait() {
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
                    if let Some(fault) = done.fault()
                        && fault.verdict == Verdict::Node
                    {
                        tracing::warn!(job = %job.id, message = %fault.message,
                            "this node could not do its work");
                    }
                    if let Done::Attempted(_, Err(fault)) = &done {
                        metrics::attempt_ended(fault.end());
                    }
                    self.books.done(id, &job, done);
                }
            }
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
