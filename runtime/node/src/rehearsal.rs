//! What `tests/bench` measures of the scheduler alone, and nobody else uses: its turns, with nodes
//! that carry out every order at once.
//!
//! Real: the leader's turns, the state of the log, placing. Left out: the network, the disks, the guests.

use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bubbles_cluster::{Counts, JobId, JobSpec, Log, Outcome, SourceSplit};
use bubbles_pipeline::{
    Description, Format, Kind, NodeId, Pipeline, PlanOptions, Source, TaskIndex, plan,
};

use crate::agreement::Agreement;
use crate::job::Board;
use crate::leader::{Event, Hand, Leader, Member, Submission};
use crate::order::{Done, FromWorker, Order, OrderId, Planned, ToWorker};
use crate::state_folder::StateFolder;
use crate::{Job, JobReport};

/// Events that reach the leader together, as many as its loop takes at once.
const TOGETHER: usize = 1_000;

/// Bytes of a split's payload: a path and two numbers.
const PAYLOAD: usize = 48;

/// Bytes of a receipt: the name of a staged file.
const RECEIPT: usize = 64;

/// Runs a job of one stage over so many splits on so many nodes; how it ended.
///
/// # Errors
/// If `folder` cannot be used, or the job does not end.
pub fn schedule(folder: &Path, nodes: u32, slots: u32, splits: u32) -> io::Result<JobReport> {
    let log = Agreement::Alone {
        log: Log::new(),
        folder: StateFolder::open(folder)?,
    };
    let mut leader = Leader::new(log, 0, Arc::default());
    let orders = Orders::default();
    let joined = (1..=u64::from(nodes)).map(|node| orders.joined(NodeId(node), slots));
    leader.turn(joined.collect()).map_err(|_| deposed())?;

    let (id, board) = (
        JobId("rehearsal".to_owned()),
        Arc::new(Board::new(folder.to_owned())),
    );
    let (events, _taken) = mpsc::channel();
    let job = Job::new(id.clone(), Arc::clone(&board), events);
    let submission = Submission {
        job: id,
        spec: spec()?,
        board: Some(board),
        agreed: None,
    };
    let mut next = vec![Event::Submit(Box::new(submission))];
    while !next.is_empty() {
        let rest = next.split_off(next.len().min(TOGETHER));
        leader.turn(next).map_err(|_| deposed())?;
        next = rest;
        next.extend(orders.carried_out(splits));
    }
    let report = job.wait_timeout(Duration::ZERO);
    report.ok_or_else(|| io::Error::other("the job has not ended, and nothing more happens"))
}

fn deposed() -> io::Error {
    io::Error::other("a leader alone was deposed")
}

/// One stage: an extract and a load.
fn spec() -> io::Result<JobSpec> {
    let text = "name = \"rehearsal\"\n\
                [[task]]\nname = \"in\"\nextract = \"x\"\n\
                [[task]]\nname = \"out\"\nload = \"x\"\n";
    let source = Source {
        name: "rehearsal.toml".to_owned(),
        text: text.to_owned(),
        base: PathBuf::new(),
    };
    let pipeline = Pipeline::parse(&source).map_err(io::Error::other)?;
    let tasks = pipeline.tasks();
    let descriptions: Vec<Description> = tasks
        .iter()
        .map(|task| Description {
            kind: task.kind,
            summary: String::new(),
            accepts: vec![Format::Json],
            produces: (task.kind != Kind::Load).then_some(Format::Json),
            config_schema: serde_json::json!({}),
            deterministic: true,
            combinable: false,
        })
        .collect();
    let options = PlanOptions {
        partitions: NonZeroU32::MIN,
    };
    Ok(JobSpec {
        plan: plan(&pipeline, &descriptions, options).map_err(io::Error::other)?,
        plugins: vec![[0; 32]; tasks.len()],
        deterministic: vec![true; tasks.len()],
        bookmarks: "rehearsal".to_owned(),
        submitted_ms: 0,
        pipeline,
    })
}

/// All orders that nodes have and have not carried out.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<Vec<(NodeId, OrderId, Order)>>>);

/// One node's hand.
struct Node {
    id: NodeId,
    orders: Orders,
}

impl Hand for Node {
    fn say(&self, message: ToWorker) {
        if let ToWorker::Order { id, order } = message {
            self.orders.held().push((self.id, id, order));
        }
    }

    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        None
    }
}

impl Orders {
    fn held(&self) -> std::sync::MutexGuard<'_, Vec<(NodeId, OrderId, Order)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn joined(&self, id: NodeId, slots: u32) -> Event {
        let node = Node {
            id,
            orders: self.clone(),
        };
        let member = Member {
            hand: Box::new(node),
            connection: 0,
            slots,
            labels: None,
        };
        Event::Joined(id, member, Box::default())
    }

    /// What their nodes say of them.
    fn carried_out(&self, splits: u32) -> Vec<Event> {
        let orders = std::mem::take(&mut *self.held());
        orders
            .into_iter()
            .map(|(node, id, order)| {
                let done = carried_out(order, splits);
                Event::Worker(node, 0, FromWorker::Done { id, done })
            })
            .collect()
    }
}

fn carried_out(order: Order, splits: u32) -> Done {
    match order {
        Order::Plan { .. } => {
            let split = SourceSplit {
                payload: vec![0; PAYLOAD],
                bytes: 1,
            };
            Done::Planned(Ok(Planned {
                splits: vec![split; splits as usize],
                bookmark: None,
            }))
        }
        Order::Attempt(order) => Done::Attempted(
            order.key,
            Ok(Outcome {
                receipts: vec![bubbles_cluster::Prepared {
                    task: TaskIndex(1),
                    receipt: vec![0; RECEIPT],
                }],
                counts: vec![Counts::default(); 2],
            }),
        ),
        Order::Commit { .. } => Done::Committed(Ok(Vec::new())),
        Order::Abort { .. } => Done::Aborted(Ok(())),
        Order::Rejects { .. } => Done::Rejects(Ok(false)),
    }
}
