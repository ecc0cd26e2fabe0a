//! The nodes that work for this leader: what each is doing, and what it has room for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bubbles_cluster::{Answer, Counts, JobId, JobSpec, Refusal};
use bubbles_pipeline::{ExchangeId, Label, NodeId, NodeInfo};

use super::course::Ticket;
use crate::order::{AttemptKey, Keep, Order, OrderId, ToWorker};

/// A way to speak to a worker, in this process or in another.
pub(crate) trait Hand: Send {
    /// Says something. Does not wait; what cannot be said is lost with the node.
    fn say(&self, message: ToWorker);

    /// What its running attempts did so far, where it can be looked at without asking.
    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>>;
}

/// A node as it joins.
pub(crate) struct Member {
    pub(crate) hand: Box<dyn Hand>,
    pub(crate) slots: u32,
    /// What `on` may call it; none: anything, as there is no other.
    pub(crate) labels: Option<BTreeSet<Label>>,
}

/// What an order is for.
pub(super) struct Busy {
    pub(super) node: NodeId,
    pub(super) job: JobId,
    pub(super) ticket: Ticket,
}

/// All nodes, and all orders that are on their way.
pub(super) struct Hands {
    epoch: u64,
    next: u64,
    nodes: BTreeMap<NodeId, Node>,
    busy: BTreeMap<OrderId, Busy>,
}

struct Node {
    member: Member,
    busy: u32,
    /// Jobs that it has been told of.
    begun: BTreeSet<JobId>,
    /// As last told.
    progress: BTreeMap<OrderId, Vec<Counts>>,
}

impl Hands {
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            epoch,
            next: 0,
            nodes: BTreeMap::new(),
            busy: BTreeMap::new(),
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn join(&mut self, node: NodeId, member: Member) {
        let joined = Node {
            member,
            busy: 0,
            begun: BTreeSet::new(),
            progress: BTreeMap::new(),
        };
        self.nodes.insert(node, joined);
    }

    /// Slots that have nothing to do.
    pub(super) fn free_slots(&self) -> usize {
        self.nodes.values().map(|node| node.free() as usize).sum()
    }

    /// Every node with room, for work that only nodes of a label may do.
    pub(super) fn with_room(&self, on: Option<&Label>) -> Vec<NodeInfo> {
        let nodes = self.nodes.iter().filter(|(_, node)| node.free() > 0);
        nodes
            .map(|(id, node)| NodeInfo {
                id: *id,
                free_slots: node.free(),
                labels: match &node.member.labels {
                    Some(labels) => labels.clone(),
                    None => on.into_iter().cloned().collect(),
                },
            })
            .collect()
    }

    /// A free slot is promised to somebody.
    pub(super) fn take_slot(&mut self, node: NodeId) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.busy += 1;
        }
    }

    /// The promise was not needed.
    pub(super) fn give_back_slot(&mut self, node: NodeId) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.busy = node.busy.saturating_sub(1);
        }
    }

    /// Gives an order to a node, whose slot was taken for it.
    pub(super) fn give(
        &mut self,
        node: NodeId,
        spec: &Arc<JobSpec>,
        ticket: Ticket,
        order: Order,
    ) -> OrderId {
        self.next += 1;
        let id = OrderId {
            epoch: self.epoch,
            number: self.next,
        };
        let job = order.job().clone();
        let busy = Busy {
            node,
            job: job.clone(),
            ticket,
        };
        self.busy.insert(id, busy);
        if let Some(node) = self.nodes.get_mut(&node) {
            if node.begun.insert(job.clone()) {
                let spec = Arc::clone(spec);
                node.member.hand.say(ToWorker::Begin { job, spec });
            }
            node.member.hand.say(ToWorker::Order { id, order });
        }
        id
    }

    /// A node with a free slot, for an errand that any can do; its slot is taken.
    pub(super) fn any_free(&mut self) -> Option<NodeId> {
        let freest = self
            .nodes
            .iter()
            .max_by_key(|(id, node)| (node.free(), std::cmp::Reverse(**id)));
        let (id, node) = freest?;
        let (id, free) = (*id, node.free());
        if free == 0 {
            return None;
        }
        self.take_slot(id);
        Some(id)
    }

    /// An order has been answered: its slot is free again. None if it is not of this leader.
    pub(super) fn done(&mut self, id: OrderId) -> Option<Busy> {
        let busy = self.busy.remove(&id)?;
        self.give_back_slot(busy.node);
        if let Some(node) = self.nodes.get_mut(&busy.node) {
            node.progress.remove(&id);
        }
        Some(busy)
    }

    /// Tells a node what was agreed of an attempt that ended well.
    pub(super) fn recorded(
        &mut self,
        node: NodeId,
        attempt: AttemptKey,
        answer: Result<Answer, Refusal>,
    ) {
        let keep = match answer {
            Ok(Answer::Accepted | Answer::Assigned { .. }) => Keep::All,
            Ok(Answer::Restored) => Keep::Chunks,
            Ok(Answer::Superseded) | Err(_) => Keep::Nothing,
        };
        self.say(node, ToWorker::Recorded { attempt, keep });
    }

    /// Nobody reads these chunks any more.
    pub(super) fn release(&self, job: &JobId, exchange: ExchangeId, split: Option<u32>) {
        for node in self.nodes.values().filter(|node| node.begun.contains(job)) {
            let job = job.clone();
            node.member.hand.say(ToWorker::Release {
                job,
                exchange,
                split,
            });
        }
    }

    /// Has all attempts at a job stopped.
    pub(super) fn stop(&self, job: &JobId) {
        for node in self.nodes.values().filter(|node| node.begun.contains(job)) {
            node.member.hand.say(ToWorker::Stop { job: job.clone() });
        }
    }

    /// Has a job forgotten everywhere.
    pub(super) fn end(&mut self, job: &JobId) {
        for node in self.nodes.values_mut() {
            if node.begun.remove(job) {
                node.member.hand.say(ToWorker::End { job: job.clone() });
            }
        }
    }

    /// Takes what a node tells of its running attempts.
    pub(super) fn show(&mut self, node: NodeId, progress: Vec<(OrderId, Vec<Counts>)>) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.progress = progress.into_iter().collect();
        }
    }

    /// What running attempts of a job did so far.
    pub(super) fn progress(&self, job: &JobId) -> Vec<(Ticket, Vec<Counts>)> {
        let mut found = Vec::new();
        for node in self.nodes.values() {
            let told = match node.member.hand.progress() {
                Some(seen) => seen,
                None => node.progress.clone().into_iter().collect(),
            };
            for (id, counts) in told {
                if let Some(busy) = self.busy.get(&id).filter(|busy| busy.job == *job) {
                    found.push((busy.ticket.clone(), counts));
                }
            }
        }
        found
    }

    fn say(&self, node: NodeId, message: ToWorker) {
        if let Some(node) = self.nodes.get(&node) {
            node.member.hand.say(message);
        }
    }
}

impl Node {
    fn free(&self) -> u32 {
        self.member.slots.saturating_sub(self.busy)
    }
}
