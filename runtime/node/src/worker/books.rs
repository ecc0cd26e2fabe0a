//! What a worker knows: its jobs, what waits for a slot, what came of orders and may not have
//! been heard. No thread: slots take from here, and put back what came of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bubbles_cluster::{Counts, JobId, Prepared};

use super::held;
use super::job::WorkerJob;
use crate::attempt::Fault;
use crate::metrics::{self, AttemptEnd};
use crate::order::{AttemptKey, Done, FromWorker, Keep, Order, OrderId, Ready, ToWorker};

/// Where a worker's outcomes go.
pub(crate) type Report = Box<dyn Fn(FromWorker) + Send + Sync>;

/// What a worker knows.
pub(crate) struct Books {
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

/// Something for a slot to do.
pub(crate) enum Item {
    /// Load the job's plugins ahead of its first attempt.
    SetUp(Arc<WorkerJob>),
    /// Carry out an order.
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

impl Books {
    /// Nothing is known yet.
    pub(crate) fn new(report: Report) -> Self {
        Self {
            report,
            queue: Mutex::default(),
            filled: Condvar::new(),
            jobs: Mutex::default(),
            untold: Mutex::default(),
        }
    }

    /// Takes what the leader says. Does not wait.
    pub(crate) fn take(&self, message: ToWorker) {
        match message {
            ToWorker::Begin { job, spec } => {
                if let Entry::Vacant(place) = held(&self.jobs).entry(job.clone()) {
                    let begun = Arc::new(WorkerJob::new(job, spec));
                    self.put(Item::SetUp(Arc::clone(&begun)));
                    place.insert(begun);
                }
            }
            ToWorker::Order { id, order } => match self.job(order.job()) {
                Some(job) => {
                    job.expect(id, &order);
                    self.put(Item::Order { id, order, job });
                }
                None => {
                    let unknown = Fault::environment("an order came for a job that has not begun");
                    self.tell(id, order.failed(unknown));
                }
            },
            ToWorker::Recorded { id, attempt, keep } => {
                held(&self.untold).remove(&id);
                self.recorded(&attempt, keep);
            }
            ToWorker::Heard(id) => {
                held(&self.untold).remove(&id);
            }
            ToWorker::Stop { job } => {
                if let Some(job) = self.job(&job) {
                    job.stop();
                }
            }
            ToWorker::Release {
                job,
                exchange,
                split,
            } => {
                if let Some(job) = self.job(&job) {
                    job.release(exchange, split);
                }
            }
            ToWorker::End { job, lost } => {
                let ended = held(&self.jobs).remove(&job);
                if let Some(job) = ended {
                    job.stop();
                    self.discard(&job, job.take_unrecorded());
                    if lost {
                        self.put(Item::Sweep(job));
                    }
                }
            }
        }
    }

    /// How it stands, for a leader that has not heard of it yet.
    pub(crate) fn ready(&self) -> Ready {
        let jobs = held(&self.jobs);
        // What is under way first: what ends meanwhile is in both, never in neither.
        let under_way = jobs.values().flat_map(|job| job.under_way()).collect();
        let untold = held(&self.untold);
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
        let jobs = held(&self.jobs);
        jobs.values().all(|job| job.under_way().is_empty())
    }

    /// What its running attempts did so far.
    pub(crate) fn progress(&self) -> Vec<(OrderId, Vec<Counts>)> {
        let jobs = held(&self.jobs);
        jobs.values().flat_map(|job| job.progress()).collect()
    }

    /// A job, while it is not over.
    pub(crate) fn job(&self, job: &JobId) -> Option<Arc<WorkerJob>> {
        held(&self.jobs).get(job).cloned()
    }

    /// Waits for something to do; none: there will be nothing any more.
    pub(crate) fn wait(&self) -> Option<Item> {
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

    /// What there is to do now.
    #[cfg(test)]
    pub(crate) fn next(&self) -> Option<Item> {
        held(&self.queue).items.pop_front()
    }

    /// Whether there is something to do now.
    #[cfg(test)]
    pub(crate) fn waits(&self) -> bool {
        !held(&self.queue).items.is_empty()
    }

    /// What is in the queue is done yet, and then no more.
    pub(crate) fn close(&self) {
        held(&self.queue).closed = true;
        self.filled.notify_all();
    }

    /// An order has been carried out.
    pub(crate) fn done(&self, id: OrderId, job: &Arc<WorkerJob>, done: Done) {
        self.tell(id, done);
        job.forget(id);
        let is_over = !held(&self.jobs).contains_key(&job.id);
        if is_over {
            // Nobody will say what is to be kept of it, and nothing is.
            self.discard(job, job.take_unrecorded());
        }
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
}
