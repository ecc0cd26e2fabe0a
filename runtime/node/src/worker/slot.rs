//! A slot: a thread that carries out orders, one at a time.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use bubbles_cluster::{Outcome, SourceSplit};
use bubbles_pipeline::TaskIndex;
use tracing::{Span, info_span};

use super::input;
use super::job::{WorkerJob, Workshop};
use crate::attempt::{self, Assignment, Fault, Tally, open_instance};
use crate::job::JobContext;
use crate::order::{AttemptOrder, Done, Order, OrderId, Planned, SpoolPlace};
use crate::rejects::{self, RejectError, RejectSpool};

/// Stack of a slot's thread. Every task of a stage has its guest's stack (1 MiB
/// at most) on it, nested; untouched pages cost nothing.
const STACK_BYTES: usize = 512 << 20;

pub(super) fn start(
    number: usize,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(format!("slot-{number}"))
        .stack_size(STACK_BYTES)
        .spawn(work)
}

pub(super) fn carry_out(
    workshop: &Workshop,
    id: OrderId,
    order: &Order,
    job: &Arc<WorkerJob>,
) -> Done {
    let context = match job.context(workshop) {
        Ok(context) => context,
        Err(fault) => return order.failed(fault),
    };
    let _in = span(workshop, &context, order).entered();
    let begun = Instant::now();
    let done = match order {
        Order::Plan { task, bookmark, .. } => {
            Done::Planned(plan(&context, job.stop_of(id), *task, bookmark.as_deref()))
        }
        Order::Attempt(order) => {
            let outcome = attempt(workshop, &context, id, order, job);
            Done::Attempted(order.key.clone(), outcome)
        }
        Order::Commit { task, receipts, .. } => Done::Committed(commit(&context, *task, receipts)),
        Order::Abort { task, receipts, .. } => Done::Aborted(abort(&context, *task, receipts)),
        Order::Rejects { spools, .. } => {
            Done::Rejects(gather_rejects(workshop, &context, job, spools))
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    match done.fault() {
        None => tracing::debug!(seconds, "done"),
        Some(fault) => tracing::debug!(seconds, message = ?fault.message, "failed"),
    }
    done
}

/// What every line is told with that is logged meanwhile.
fn span(workshop: &Workshop, context: &JobContext, order: &Order) -> Span {
    let (job, node) = (&context.id, &workshop.name);
    let pipeline = &context.spec.pipeline;
    let name = |task: &TaskIndex| pipeline.task(*task).name.to_string();
    match order {
        Order::Plan { task, .. } => {
            info_span!("plan", %job, task = name(task), %node)
        }
        Order::Attempt(AttemptOrder { key, .. }) => {
            let steps = &context.spec.plan.stage(key.work.stage).steps;
            let tasks: Vec<String> = steps.iter().map(|step| name(&step.task)).collect();
            let (split, attempt) = (key.work.split, key.attempt);
            info_span!("attempt", %job, task = tasks.join("+"), split, attempt, %node)
        }
        Order::Commit { task, .. } => info_span!("commit", %job, task = name(task), %node),
        Order::Abort { task, .. } => info_span!("abort", %job, task = name(task), %node),
        Order::Rejects { .. } => info_span!("rejects", %job, %node),
    }
}

fn plan(
    context: &Arc<JobContext>,
    stop: Arc<AtomicBool>,
    task: TaskIndex,
    bookmark: Option<&[u8]>,
) -> Result<Planned, Fault> {
    let mut instance = open_instance(context, task, stop)?;
    let source = instance
        .plan(&context.tasks[task.0].config, bookmark)
        .map_err(|error| Fault::of_call(task, error))?;
    let splits = source.splits.into_iter().map(|split| SourceSplit {
        payload: split.payload,
        bytes: split.bytes,
    });
    Ok(Planned {
        splits: splits.collect(),
        bookmark: source.bookmark,
    })
}

fn attempt(
    workshop: &Workshop,
    context: &Arc<JobContext>,
    id: OrderId,
    order: &AttemptOrder,
    job: &Arc<WorkerJob>,
) -> Result<Outcome, Fault> {
    let tallies = job.tallies(id);
    let assignment = Assignment {
        job: Arc::clone(context),
        work: order.key.work,
        attempt: order.key.attempt,
        splits: order.splits,
        input: input::find(workshop, job, &order.input)?,
        tallies: Arc::clone(&tallies),
        cancelled: job.stop_of(id),
    };
    let produced = attempt::run(&assignment)?;
    let outcome = Outcome {
        receipts: produced.receipts.clone(),
        counts: tallies.iter().map(Tally::counts).collect(),
    };
    job.keep(&order.key, produced);
    Ok(outcome)
}

fn commit(
    context: &Arc<JobContext>,
    task: TaskIndex,
    receipts: &[Vec<u8>],
) -> Result<Vec<String>, Fault> {
    let mut instance = open_instance(context, task, Arc::default())?;
    instance
        .commit(&context.tasks[task.0].config, receipts)
        .map_err(|error| Fault::of_call(task, error))?;
    Ok(instance.published().to_vec())
}

fn abort(context: &Arc<JobContext>, task: TaskIndex, receipts: &[Vec<u8>]) -> Result<(), Fault> {
    open_instance(context, task, Arc::default())?
        .abort(&context.tasks[task.0].config, receipts)
        .map_err(|error| Fault::of_call(task, error))
}

/// Writes the rejects of all attempts that count to the job's file, in the order given.
fn gather_rejects(
    workshop: &Workshop,
    context: &JobContext,
    job: &WorkerJob,
    spools: &[SpoolPlace],
) -> Result<bool, Fault> {
    let found = spools.iter().map(|place| {
        let spool = spool(workshop, context, job, place)?;
        Ok((place.work.split, spool))
    });
    let found: Vec<_> = found
        .collect::<Result<_, RejectError>>()
        .map_err(Fault::environment)?;
    rejects::commit(&context.rejects_file(), found).map_err(Fault::environment)
}

/// One attempt's rejects, from wherever they are. What went with its node is counted.
fn spool(
    workshop: &Workshop,
    context: &JobContext,
    job: &WorkerJob,
    place: &SpoolPlace,
) -> Result<Arc<RejectSpool>, RejectError> {
    let (folder, quota) = (&context.folder, &context.reject_quota);
    let lines = match &workshop.reach {
        Some(reach) if place.node != workshop.me => {
            let pulled = reach.rejects(place.node, &job.id, place.work, place.attempt);
            pulled.map_err(|error| {
                tracing::warn!(job = %job.id, split = place.work.split, %error,
                    "what a split put aside went with its node");
            })
        }
        _ => match job.rejects(place.work, place.attempt) {
            Some(spool) => return Ok(spool),
            None => Err(()),
        },
    };
    Ok(Arc::new(match lines {
        Ok(lines) => RejectSpool::of_lines(folder, quota, lines)?,
        Err(()) => RejectSpool::lost(folder, quota, place.rejected)?,
    }))
}
