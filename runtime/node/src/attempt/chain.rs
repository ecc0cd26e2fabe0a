//! The instances of an attempt, linked from the root to the ends.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use bubbles_cluster::Prepared;
use bubbles_engine::{self as engine, Instance, Surroundings};
use bubbles_pipeline::{Conversion, ExchangeId, ExchangeMode, Format, Step, Target, TaskIndex};

use super::link::Link;
use super::outlet::{ExchangeOutlet, Outlet, Outward, QuietHost, TaskHost};
use super::{Assignment, Fault, Produced, context, input_formats};
use crate::formats::Converter;
use crate::job::JobContext;
use crate::partition::Partitioner;
use crate::rejects::RejectSpool;
use crate::store::Sealed;

/// What all tasks of one attempt share. One thread uses it, so no lock waits.
pub(super) struct Shared {
    /// Why a guest was unwound, from whoever unwound it.
    fault: Mutex<Option<Fault>>,
    receipts: Mutex<Vec<Prepared>>,
    rejects: Mutex<Option<RejectSpool>>,
    sealed: Mutex<BTreeMap<ExchangeId, Vec<Sealed>>>,
}

/// An attempt, built and ready to run.
pub(super) struct Chain {
    pub(super) root: Link,
    pub(super) shared: Arc<Shared>,
}

impl Chain {
    /// Instantiates and opens every task of the stage, the ends first, so that a
    /// task may emit from its first call on.
    pub(super) fn build(assignment: &Assignment) -> Result<Self, Fault> {
        let rejects = RejectSpool::create(&assignment.job.folder, &assignment.job.reject_quota)
            .map_err(Fault::node)?;
        let shared = Arc::new(Shared {
            fault: Mutex::new(None),
            receipts: Mutex::new(Vec::new()),
            rejects: Mutex::new(Some(rejects)),
            sealed: Mutex::new(BTreeMap::new()),
        });
        let formats = input_formats(assignment);
        let root = Builder {
            assignment,
            shared: &shared,
        }
        .link(0, &formats)?;
        Ok(Self { root, shared })
    }

    /// Takes out what the attempt leaves.
    pub(super) fn into_produced(self) -> Result<Produced, Fault> {
        drop(self.root);
        Ok(Produced {
            exchanges: std::mem::take(&mut *held(&self.shared.sealed))
                .into_iter()
                .collect(),
            receipts: self.shared.take_receipts(),
            rejects: held(&self.shared.rejects)
                .take()
                .expect("taken once, at the end"),
        })
    }
}

impl Shared {
    /// Keeps why the guest that is running now will be unwound.
    pub(super) fn stop(&self, fault: Fault) -> engine::Stopped {
        held(&self.fault).get_or_insert(fault);
        engine::Stopped
    }

    /// The fault behind a call's error.
    pub(super) fn fault(&self, task: TaskIndex, error: engine::CallError) -> Fault {
        let known = match error {
            engine::CallError::Stopped => held(&self.fault).take(),
            _ => None,
        };
        known.unwrap_or_else(|| Fault::of_call(task, error))
    }

    pub(super) fn keep_receipt(&self, prepared: Prepared) {
        held(&self.receipts).push(prepared);
    }

    pub(super) fn take_receipts(&self) -> Vec<Prepared> {
        std::mem::take(&mut *held(&self.receipts))
    }

    pub(super) fn keep_sealed(&self, exchange: ExchangeId, partitions: Vec<Sealed>) {
        held(&self.sealed).insert(exchange, partitions);
    }

    pub(super) fn reject(&self, task: &str, bytes: &[u8], reason: &str) -> Result<(), Fault> {
        let mut rejects = held(&self.rejects);
        let spool = rejects
            .as_mut()
            .expect("the spool is there while the attempt runs");
        spool.push(task, bytes, reason).map_err(Fault::node)
    }
}

/// The lock's content; a panic elsewhere has ended the attempt in any case.
pub(super) fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Builder<'a> {
    assignment: &'a Assignment,
    shared: &'a Arc<Shared>,
}

impl Builder<'_> {
    /// Builds one step with all that is downstream of it. `from` are the formats
    /// in which its inputs arrive; none for an extract.
    fn link(&self, step_number: usize, from: &[Format]) -> Result<Link, Fault> {
        let job = &self.assignment.job;
        let step = &job.plan().stages[self.assignment.work.stage.0].steps[step_number];
        let targets = step
            .targets
            .iter()
            .map(|target| self.outward(step, target))
            .collect::<Result<Vec<_>, _>>()?;
        let outlet = Outlet::new(
            self.assignment,
            step_number,
            targets,
            Arc::clone(self.shared),
        );
        let outlet = Arc::new(Mutex::new(outlet));
        let task = &job.tasks[step.task.0];
        let cancelled = Arc::clone(&self.assignment.cancelled);
        let host = Box::new(TaskHost::new(Arc::clone(&outlet), cancelled));
        let instance = instantiate(job, step.task, host)
            .map_err(|error| self.shared.fault(step.task, error))?;
        let mut link = Link {
            task: step.task,
            step: step_number,
            kind: job.spec.pipeline.task(step.task).kind,
            converters: from
                .iter()
                .map(|format| converter(*format, step.accepts))
                .collect(),
            formats: from.to_vec(),
            instance,
            outlet,
            context: context(self.assignment, &job.task_name(step.task), step.phase),
            config: Arc::clone(&task.config),
            tallies: Arc::clone(&self.assignment.tallies),
        };
        link.open(self.shared)?;
        Ok(link)
    }

    fn outward(&self, step: &Step, target: &Target) -> Result<Outward, Fault> {
        let produces = step
            .produces
            .expect("only a task that produces has targets");
        match target {
            Target::Step(next) => Ok(Outward::Task(Box::new(self.link(*next, &[produces])?))),
            Target::Exchange(id) => {
                let job = &self.assignment.job;
                let exchange = &job.plan().exchanges[id.0];
                let partitions = match &exchange.mode {
                    ExchangeMode::PartitionBy(_) => job.plan().width(exchange.to, &|_| 0) as usize,
                    ExchangeMode::Gather | ExchangeMode::Broadcast | ExchangeMode::Forward => 1,
                };
                let partitioner = match &exchange.mode {
                    ExchangeMode::PartitionBy(keys) => {
                        Some(Partitioner::new(produces, keys.clone(), partitions))
                    }
                    _ => None,
                };
                let writers = (0..partitions).map(|_| job.store.writer()).collect();
                Ok(Outward::Exchange(ExchangeOutlet {
                    id: *id,
                    partitioner,
                    writers,
                }))
            }
        }
    }
}

fn converter(from: Format, accepts: Format) -> Option<Converter> {
    match (from, accepts) {
        (Format::Json, Format::Arrow) => Some(Converter::new(Conversion::JsonToArrow)),
        (Format::Arrow, Format::Json) => Some(Converter::new(Conversion::ArrowToJson)),
        _ => None,
    }
}

fn instantiate(
    job: &JobContext,
    task: TaskIndex,
    host: Box<dyn engine::Host>,
) -> Result<Instance, engine::CallError> {
    let runs = &job.tasks[task.0];
    let surroundings = Surroundings {
        limits: runs.limits.clone(),
        grants: runs.grants.clone(),
        host,
    };
    job.engine.instantiate(&runs.plugin, surroundings)
}

/// An instance outside any chain, for the calls that move no data: `plan`,
/// `commit` and `abort`.
pub(crate) fn open_instance(
    job: &Arc<JobContext>,
    task: TaskIndex,
    cancelled: Arc<AtomicBool>,
) -> Result<Instance, Fault> {
    let runs = &job.tasks[task.0];
    let surroundings = Surroundings {
        limits: runs.limits.clone(),
        grants: runs.grants.clone(),
        host: Box::new(QuietHost::new(Arc::clone(job), task, cancelled)),
    };
    job.engine
        .instantiate(&runs.plugin, surroundings)
        .map_err(|error| Fault::of_call(task, error))
}
