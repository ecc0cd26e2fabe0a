//! The slots of a node: threads that make attempts, one at a time each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Sender, SyncSender};
use std::thread::{self, JoinHandle};

use bubbles_engine as engine;
use bubbles_pipeline::TaskIndex;

use crate::FailureKind;
use crate::attempt::{self, Assignment, Fault, Produced, Verdict, open_instance};
use crate::job::JobContext;
use crate::leader::Event;

/// Stack of a slot's thread. Every task of a stage has its guest's stack (1 MiB
/// at most) on it, nested; untouched pages cost nothing.
const STACK_BYTES: usize = 512 << 20;

/// What a slot is given to do.
pub(crate) enum Order {
    /// Ask a source for its splits.
    Plan {
        job: Arc<JobContext>,
        task: TaskIndex,
        bookmark: Option<Vec<u8>>,
        cancelled: Arc<AtomicBool>,
    },
    /// Make an attempt.
    Attempt(Assignment),
    /// Make a load's output visible.
    Commit {
        job: Arc<JobContext>,
        task: TaskIndex,
        receipts: Vec<Vec<u8>>,
    },
    /// Remove a load's prepared output.
    Abort {
        job: Arc<JobContext>,
        task: TaskIndex,
        receipts: Vec<Vec<u8>>,
    },
}

/// What came of an order.
pub(crate) enum Done {
    Planned(Result<engine::Source, Fault>),
    Attempted(Result<Produced, Fault>),
    /// The URLs that are visible now.
    Committed(Result<Vec<String>, Fault>),
    Aborted(Result<(), Fault>),
}

/// The threads. Dropping them lets each finish what it does, and joins it.
pub(crate) struct Slots {
    threads: Vec<(SyncSender<Order>, JoinHandle<()>)>,
}

impl Slots {
    /// Starts so many threads; what comes of their orders goes to the leader.
    pub(crate) fn start(count: usize, leader: &Sender<Event>) -> std::io::Result<Self> {
        let threads = (0..count).map(|slot| start_slot(slot, leader.clone()));
        Ok(Self {
            threads: threads.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.threads.len()
    }

    /// Gives a free slot something to do.
    pub(crate) fn give(&self, slot: usize, order: Order) {
        // One place in the channel: a slot gets its next order after its last one's outcome.
        self.threads[slot]
            .0
            .send(order)
            .expect("a slot lives until it is dropped");
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for (orders, thread) in self.threads.drain(..) {
            drop(orders);
            // A slot catches what its orders panic with.
            thread.join().ok();
        }
    }
}

fn start_slot(
    slot: usize,
    leader: Sender<Event>,
) -> std::io::Result<(SyncSender<Order>, JoinHandle<()>)> {
    let (orders, inbox) = mpsc::sync_channel(1);
    let thread = thread::Builder::new()
        .name(format!("slot-{slot}"))
        .stack_size(STACK_BYTES)
        .spawn(move || {
            for order in inbox {
                let done = carry_out_guarded(order);
                if leader.send(Event::Slot { slot, done }).is_err() {
                    return;
                }
            }
        })?;
    Ok((orders, thread))
}

/// A panic of the runtime fails the attempt and not the node.
fn carry_out_guarded(order: Order) -> Done {
    let failed: fn(Fault) -> Done = match &order {
        Order::Plan { .. } => |fault| Done::Planned(Err(fault)),
        Order::Attempt(_) => |fault| Done::Attempted(Err(fault)),
        Order::Commit { .. } => |fault| Done::Committed(Err(fault)),
        Order::Abort { .. } => |fault| Done::Aborted(Err(fault)),
    };
    catch_unwind(AssertUnwindSafe(|| carry_out(order))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        let message = format!("the runtime panicked: {text}; please report this");
        failed(Fault::new(
            None,
            FailureKind::Environment,
            Verdict::Counts,
            message,
        ))
    })
}

fn carry_out(order: Order) -> Done {
    match order {
        Order::Plan {
            job,
            task,
            bookmark,
            cancelled,
        } => {
            let source = open_instance(&job, task, cancelled).and_then(|mut instance| {
                instance
                    .plan(&job.tasks[task.0].config, bookmark.as_deref())
                    .map_err(|error| Fault::of_call(task, error))
            });
            Done::Planned(source)
        }
        Order::Attempt(assignment) => Done::Attempted(attempt::run(&assignment)),
        Order::Commit {
            job,
            task,
            receipts,
        } => {
            let published = open_instance(&job, task, Arc::default()).and_then(|mut instance| {
                instance
                    .commit(&job.tasks[task.0].config, &receipts)
                    .map_err(|error| Fault::of_call(task, error))?;
                Ok(instance.published().to_vec())
            });
            Done::Committed(published)
        }
        Order::Abort {
            job,
            task,
            receipts,
        } => {
            let done = open_instance(&job, task, Arc::default()).and_then(|mut instance| {
                instance
                    .abort(&job.tasks[task.0].config, &receipts)
                    .map_err(|error| Fault::of_call(task, error))
            });
            Done::Aborted(done)
        }
    }
}
