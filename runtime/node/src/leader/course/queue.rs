//! Work of a job that may begin: kept up to date as splits are completed, so that no assignment
//! has to look at every split.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use bubbles_cluster::{Command, JobId, JobState, SplitState, Work, is_ready, ready_of};
use bubbles_pipeline::placement::{Work as Placeable, place};
use bubbles_pipeline::{ExchangeMode, NodeId, Plan, StageId, StageInput};

use super::super::clock;
use super::super::hands::Hands;

/// Splits that may begin, by stage.
pub(super) struct Queue {
    stages: Vec<BTreeSet<u32>>,
    /// Splits whose next attempt has to wait.
    waiting: BTreeMap<Work, Instant>,
}

/// Work, and the node that is to do it.
pub(in super::super) struct Pick {
    pub(in super::super) job: JobId,
    pub(in super::super) work: Work,
    pub(in super::super) node: NodeId,
}

impl Pick {
    /// Has it agreed.
    pub(in super::super) fn command(&self, epoch: u64) -> Command {
        Command::Assign {
            job: self.job.clone(),
            work: self.work,
            node: self.node,
            epoch,
        }
    }
}

impl Queue {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            stages: vec![BTreeSet::new(); plan.stages.len()],
            waiting: BTreeMap::new(),
        }
    }

    /// Looks at every split.
    pub(super) fn refill(&mut self, agreed: &JobState) {
        for index in 0..self.stages.len() {
            self.refill_stage(agreed, StageId(index));
        }
    }

    fn refill_stage(&mut self, agreed: &JobState, stage: StageId) {
        let ready = ready_of(agreed, stage).filter(|work| !self.waiting.contains_key(work));
        self.stages[stage.0] = ready.map(|work| work.split).collect();
    }

    /// A split is recorded: what reads it may be ready now.
    pub(super) fn completed(&mut self, agreed: &JobState, work: Work) {
        let plan = agreed.plan();
        let exchanges = plan.exchanges.iter();
        for exchange in exchanges.filter(|exchange| exchange.from.0 == work.stage) {
            let reader = exchange.to;
            if exchange.mode == ExchangeMode::Forward {
                let work = Work {
                    stage: reader,
                    split: work.split,
                };
                if !self.waiting.contains_key(&work) && may_begin(agreed, work) {
                    self.stages[reader.0].insert(work.split);
                }
            } else if agreed.stages[work.stage.0].is_available() {
                self.refill_stage(agreed, reader);
            }
        }
    }

    /// A split's next attempt has to wait.
    pub(super) fn wait(&mut self, work: Work, due: Instant) {
        self.waiting.insert(work, due);
    }

    /// Takes out what nodes with free slots can begin, and takes those slots. The latest stage
    /// first: what is nearest to its end frees the most.
    pub(super) fn pick(
        &mut self,
        agreed: &JobState,
        hands: &mut Hands,
        running: impl Fn(StageId) -> usize,
        failed_on: &BTreeMap<Work, BTreeSet<NodeId>>,
        most: usize,
    ) -> Vec<(Work, NodeId)> {
        self.wake(agreed);
        let mut picked = Vec::new();
        for index in (0..self.stages.len()).rev() {
            let stage = StageId(index);
            let planned = &agreed.plan().stages[index];
            let mut room = most - picked.len();
            if let Some(cap) = planned.parallelism {
                room = room.min((cap.get() as usize).saturating_sub(running(stage)));
            }
            if room == 0 || self.stages[index].is_empty() {
                continue;
            }
            let nodes = hands.with_room(planned.on.as_ref());
            let splits = self.stages[index].iter().take(room);
            let works: Vec<Work> = splits
                .map(|split| Work {
                    stage,
                    split: *split,
                })
                .collect();
            let placeable: Vec<Placeable> = works
                .iter()
                .map(|work| Placeable {
                    on: planned.on.clone(),
                    held: held(agreed, *work),
                    avoid: failed_on.get(work).cloned().unwrap_or_default(),
                })
                .collect();
            for placed in place(&placeable, &nodes) {
                let work = works[placed.work];
                self.stages[index].remove(&work.split);
                hands.take_slot(placed.node);
                picked.push((work, placed.node));
            }
        }
        picked
    }

    /// What has waited long enough may begin, if nobody has begun it meanwhile.
    fn wake(&mut self, agreed: &JobState) {
        if self.waiting.is_empty() {
            return;
        }
        let now = clock::now();
        let stages = &mut self.stages;
        self.waiting.retain(|work, due| {
            let waits = *due > now;
            if !waits && may_begin(agreed, *work) {
                stages[work.stage.0].insert(work.split);
            }
            waits
        });
    }
}

/// Whether work is neither done nor under way, and all that it reads is there.
fn may_begin(agreed: &JobState, work: Work) -> bool {
    let idle = |split: &SplitState| !split.is_available() && split.running.is_empty();
    agreed.split(work).is_some_and(idle) && is_ready(agreed, work)
}

/// How much of what this work reads each node has, in splits: as all nodes have a share of what is
/// partitioned, only what comes from one split draws work to its node.
fn held(agreed: &JobState, work: Work) -> BTreeMap<NodeId, u64> {
    let plan = agreed.plan();
    let StageInput::Exchanges(inputs) = &plan.stages[work.stage.0].input else {
        return BTreeMap::new();
    };
    let mut held = BTreeMap::new();
    let inputs = inputs.iter().map(|id| &plan.exchanges[id.0]);
    for exchange in inputs.filter(|exchange| exchange.mode == ExchangeMode::Forward) {
        let producer = Work {
            stage: exchange.from.0,
            split: work.split,
        };
        let done = agreed
            .split(producer)
            .and_then(|split| split.completed.as_ref());
        if let Some(done) = done {
            *held.entry(done.node).or_default() += 1;
        }
    }
    held
}
