//! What a slot does, step by step in virtual time: where the real one calls guests, this one notes
//! which rows they would have seen.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bubbles_cluster::{Counts, JobSpec, Outcome, Prepared, SourceSplit, Work};
use bubbles_pipeline::{ExchangeId, ExchangeMode, NodeId};

use super::invariants::hidden;
use super::jobs::{is_repeatable, loads};
use super::outside::{Lineage, Published, Receipt};
use super::world::World;
use crate::FailureKind;
use crate::attempt::{Fault, LostInput, Produced, Verdict};
use crate::order::{AttemptOrder, Done, InputOrder, Order, OrderId, Planned, StoredPlace};
use crate::rejects::RejectSpool;
use crate::store::Sealed;
use crate::worker::{Item, WorkerJob};

/// What occupies a slot.
pub(super) struct Run {
    pub(super) item: Item,
    step: usize,
    /// What the attempt has read so far.
    rows: Lineage,
    /// What it still has to pull.
    there: Vec<(ExchangeId, u32, StoredPlace, Work)>,
    staged: Vec<Prepared>,
}

/// How a run goes on.
enum Next {
    /// So many microseconds later.
    After(u64),
    Done(Done),
    /// What nobody waits for is done.
    Over,
}

impl Run {
    pub(super) fn new(item: Item) -> Self {
        Self {
            item,
            step: 0,
            rows: Lineage::new(),
            there: Vec::new(),
            staged: Vec::new(),
        }
    }
}

impl World {
    /// The next step of what a slot does.
    pub(super) fn step(&mut self, at: NodeId, number: u64) {
        let Some(mut run) = self.node(at).runs.remove(&number) else {
            return;
        };
        match self.go_on(at, &mut run) {
            Next::After(wait_us) => {
                run.step += 1;
                let node = self.node(at);
                node.runs.insert(number, run);
                let life = node.life;
                self.later(wait_us, super::world::Happening::Step(at, life, number));
            }
            Next::Done(done) => {
                let Item::Order { id, job, .. } = &run.item else {
                    unreachable!("only orders are answered");
                };
                self.say(format_args!(
                    "n{} {} ends {}",
                    at.0,
                    named(*id),
                    outcome(&done)
                ));
                let books = Arc::clone(&self.node(at).books);
                books.done(*id, job, done);
            }
            Next::Over => {}
        }
    }

    fn go_on(&mut self, at: NodeId, run: &mut Run) -> Next {
        let Run {
            item,
            step,
            rows,
            there,
            staged,
        } = run;
        match item {
            Item::SetUp(_) if *step == 0 => Next::After(self.random.between(0, 40_000)),
            // A dead node's staging goes with its world here.
            Item::SetUp(_) | Item::Sweep(_) => Next::Over,
            Item::Discard { .. } if *step == 0 => Next::After(self.random.between(100, 9_000)),
            Item::Discard { receipts, .. } => {
                let receipts: Vec<Vec<u8>> = receipts.iter().map(|it| it.receipt.clone()).collect();
                self.discard(&receipts);
                Next::Over
            }
            Item::Order {
                id,
                order: Order::Attempt(order),
                job,
            } => {
                let id = *id;
                let done = match *step {
                    0 => begin(at, order, job, rows, there).map(|()| None),
                    1 => self.pull(at, id, job, rows, there),
                    2 => self
                        .prepare(at, id, order, job, rows, staged)
                        .map(|()| None),
                    _ => Ok(Some(self.seal(order, job, rows, staged))),
                };
                let key = order.key.clone();
                match done {
                    Ok(None) => Next::After(self.attempt_us()),
                    Ok(Some(outcome)) => Next::Done(Done::Attempted(key, Ok(outcome))),
                    Err(fault) => Next::Done(Done::Attempted(key, Err(fault))),
                }
            }
            Item::Order { order, .. } => self.errand(order, *step),
        }
    }

    /// How long a part of an attempt takes: mostly not, now and then seconds.
    fn attempt_us(&mut self) -> u64 {
        match self.random.between(0, 19) {
            0 => self.random.between(1_000_000, 7_000_000),
            1..=5 => self.random.between(50_000, 500_000),
            _ => self.random.between(100, 20_000),
        }
    }

    fn errand(&mut self, order: &Order, step: usize) -> Next {
        let wait = self.random.between(500, 150_000);
        let fails = self.faulty() && self.random.percent(4);
        let busy = || Fault::new(None, FailureKind::Transient, Verdict::Transient, "busy");
        if step == 0 {
            return Next::After(wait);
        }
        if fails && self.random.percent(25) {
            self.trace.count("node set aside");
            return Next::Done(order.failed(Fault::node("the disk is full")));
        }
        if fails {
            return Next::Done(order.failed(busy()));
        }
        match order {
            Order::Plan { job, .. } => {
                let planned = self.jobs.iter().find(|planned| planned.id == *job);
                let count = planned.map_or(0, |planned| planned.splits);
                let split = |number: u64| SourceSplit {
                    payload: number.to_le_bytes().to_vec(),
                    bytes: 1,
                };
                let splits = (0..count).map(split).collect();
                let bookmark = Some(b"next".to_vec());
                Next::Done(Done::Planned(Ok(Planned { splits, bookmark })))
            }
            Order::Commit { receipts, .. } => match receipts.get(step - 1) {
                Some(receipt) => {
                    self.publish(receipt);
                    Next::After(wait / 4)
                }
                None => Next::Done(Done::Committed(Ok(Vec::new()))),
            },
            Order::Abort { receipts, .. } => match receipts.get(step - 1) {
                Some(receipt) => {
                    self.discard(std::slice::from_ref(receipt));
                    Next::After(wait / 4)
                }
                None => Next::Done(Done::Aborted(Ok(()))),
            },
            Order::Rejects { .. } => Next::Done(Done::Rejects(Ok(true))),
            Order::Attempt(_) => unreachable!("an attempt is no errand"),
        }
    }

    /// Pulls what lies on other nodes.
    fn pull(
        &mut self,
        at: NodeId,
        id: OrderId,
        job: &WorkerJob,
        rows: &mut Lineage,
        there: &mut Vec<(ExchangeId, u32, StoredPlace, Work)>,
    ) -> Result<Option<Outcome>, Fault> {
        wanted(job, id)?;
        for (exchange, partition, place, work) in std::mem::take(there) {
            let reaches = self.reaches(at, place.node) && self.reaches(place.node, at);
            let other = &self.nodes[&place.node];
            let lost = |gone, message| Err(Fault::lost_input(LostInput { work, gone }, message));
            if !reaches || !other.is_awake(self.now_us) {
                self.trace.count("pull unanswered");
                return lost(false, "the node does not answer");
            }
            let stored = other
                .books
                .job(&job.id)
                .and_then(|job| job.stored(exchange, place.split, place.attempt, partition));
            match stored {
                Some(sealed) => rows.extend(read(&sealed)),
                None => {
                    self.trace.count("pull in vain");
                    return lost(true, "the node has it no longer");
                }
            }
        }
        Ok(None)
    }

    /// Runs the tasks, and prepares what its loads leave.
    fn prepare(
        &mut self,
        at: NodeId,
        id: OrderId,
        order: &AttemptOrder,
        job: &WorkerJob,
        rows: &mut Lineage,
        staged: &mut Vec<Prepared>,
    ) -> Result<(), Fault> {
        wanted(job, id)?;
        let work = order.key.work;
        let spec = self.spec(&order.key.job);
        if self.faulty() {
            let fault = |kind, verdict| Fault::new(None, kind, verdict, "as the seed says");
            match self.random.between(0, 199) {
                0..=3 => return Err(fault(FailureKind::Trap, Verdict::Counts)),
                4..=11 => return Err(fault(FailureKind::Transient, Verdict::Transient)),
                12 => {
                    self.trace.count("node set aside");
                    return Err(Fault::node("the disk is full"));
                }
                _ => {}
            }
        }
        let run = if is_repeatable(&spec, work.stage) {
            0
        } else {
            order.key.attempt
        };
        rows.insert((work, run));
        for task in loads(&spec, work.stage) {
            let receipt = Receipt {
                job: order.key.job.clone(),
                task,
                work,
                attempt: order.key.attempt,
                by: (at, self.node(at).life),
                rows: rows.clone(),
            };
            let bytes = receipt.to_bytes();
            staged.push(Prepared {
                task,
                receipt: bytes,
            });
            self.outside.stage(receipt);
        }
        Ok(())
    }

    /// Seals what the attempt stored, and leaves it to the worker.
    fn seal(
        &mut self,
        order: &AttemptOrder,
        job: &WorkerJob,
        rows: &Lineage,
        staged: &[Prepared],
    ) -> Outcome {
        let spec = self.spec(&order.key.job);
        let stage = order.key.work.stage;
        let exchanges = (0..).map(ExchangeId).zip(&spec.plan.exchanges);
        let exchanges = exchanges.filter(|(_, exchange)| exchange.from.0 == stage);
        let stored = exchanges.map(|(id, exchange)| {
            let partitions = match exchange.mode {
                ExchangeMode::PartitionBy(_) => spec.plan.stages[exchange.to.0].partitions.get(),
                _ => 1,
            };
            let sealed = (0..partitions).map(|_| {
                let mut writer = self.store.writer();
                writer.append(&postcard::to_stdvec(rows).unwrap()).unwrap();
                writer.finish().unwrap()
            });
            (id, sealed.collect())
        });
        let produced = Produced {
            exchanges: stored.collect(),
            receipts: staged.to_vec(),
            rejects: RejectSpool::create(self.folder.path(), &self.quota).unwrap(),
        };
        job.keep(&order.key, produced);
        let counts = Counts {
            rejected: u64::from(self.random.percent(5)),
            ..Counts::default()
        };
        Outcome {
            receipts: staged.to_vec(),
            counts: vec![counts; spec.plan.stages[stage.0].steps.len()],
        }
    }

    fn publish(&mut self, receipt: &[u8]) {
        let receipt = Receipt::from_bytes(receipt);
        let mut agreed = self.agreed.lock().unwrap();
        hidden::publishing(&mut agreed.history, &receipt);
        match self.outside.publish(&receipt) {
            Published::Now => agreed.history.count("published"),
            Published::Before => agreed.history.count("published again"),
            Published::Gone => {
                let what = format!("hidden: {receipt:?} is to be visible, and was removed");
                agreed.history.broken.push(what);
            }
        }
    }

    fn discard(&mut self, receipts: &[Vec<u8>]) {
        let mut agreed = self.agreed.lock().unwrap();
        for receipt in receipts {
            let known = Receipt::from_bytes(receipt);
            let job = agreed.state.job(&known.job);
            let in_force = job.is_some_and(|job| job.receipts().any(|it| it.receipt == *receipt));
            hidden::discarding(&mut agreed.history, &known, in_force);
            agreed.history.count("discarded");
            self.outside.discard(&known);
        }
    }

    fn spec(&self, job: &bubbles_cluster::JobId) -> Arc<JobSpec> {
        let agreed = self.agreed.lock().unwrap();
        let job = agreed
            .state
            .job(job)
            .expect("a job is agreed before it runs");
        Arc::clone(&job.spec)
    }
}

fn wanted(job: &WorkerJob, id: OrderId) -> Result<(), Fault> {
    match job.stop_of(id).load(Ordering::Relaxed) {
        true => Err(Fault::cancelled()),
        false => Ok(()),
    }
}

/// Finds what the attempt will read, as `worker/input.rs` does: what lies here now, the rest when it
/// is its turn.
fn begin(
    at: NodeId,
    order: &AttemptOrder,
    job: &WorkerJob,
    rows: &mut Lineage,
    there: &mut Vec<(ExchangeId, u32, StoredPlace, Work)>,
) -> Result<(), Fault> {
    let InputOrder::Exchanges(inputs) = &order.input else {
        return Ok(());
    };
    for input in inputs {
        let stage = job.plan().exchanges[input.exchange.0].from.0;
        for place in &input.from {
            let work = Work {
                stage,
                split: place.split,
            };
            if place.node != at {
                there.push((input.exchange, input.partition, *place, work));
                continue;
            }
            match job.stored(input.exchange, place.split, place.attempt, input.partition) {
                Some(sealed) => rows.extend(read(&sealed)),
                None => {
                    let lost = LostInput { work, gone: true };
                    return Err(Fault::lost_input(lost, "it is not here any more"));
                }
            }
        }
    }
    Ok(())
}

fn read(sealed: &Sealed) -> Lineage {
    let chunks = sealed.reader().map(|chunk| chunk.unwrap());
    chunks
        .flat_map(|chunk| postcard::from_bytes::<Lineage>(&chunk).unwrap())
        .collect()
}

/// An order, as traces name it.
pub(super) fn named(id: OrderId) -> String {
    format!("#{}.{}", id.epoch, id.number)
}

/// What came of an order, in a word.
pub(super) fn outcome(done: &Done) -> String {
    let word = |fault: Option<&Fault>| match fault {
        None => "well".to_owned(),
        Some(fault) => format!("badly: {:?} {}", fault.verdict, fault.message),
    };
    match done {
        Done::Planned(result) => word(result.as_ref().err()),
        Done::Attempted(_, result) => word(result.as_ref().err()),
        Done::Committed(result) => word(result.as_ref().err()),
        Done::Aborted(result) => word(result.as_ref().err()),
        Done::Rejects(result) => word(result.as_ref().err()),
    }
}
