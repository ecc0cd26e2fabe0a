//! The nodes that work for this leader: what each is doing, and what it has room for.

mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bubbles_cluster::{Answer, Counts, JobId, JobSpec, Refusal};
use bubbles_pipeline::{ExchangeId, Label, NodeId, NodeInfo};

use super::clock;
use super::course::Ticket;
use super::window::Presence;
use crate::order::{AttemptKey, Keep, Order, OrderId, Ready, ToWorker};
use pace::Pace;

/// A node that has not been heard of for so long is taken for dead: what it ran is given to
/// others. Ten times the interval at which it says that it lives.
pub(crate) const LOST_AFTER: Duration = Duration::from_secs(5);

/// How long a node that could not do its work, for reasons of its own, gets none. Then it is tried
/// again: somebody may have made room on its disk.
const ASIDE_FOR: Duration = Duration::from_secs(10);

/// A way to speak to a worker, in this process or in another.
pub(crate) trait Hand: Send {
    /// Says something. Does not wait; what cannot be said is lost with the connection.
    fn say(&self, message: ToWorker);

    /// What its running attempts did so far, where it can be looked at without asking: in this
    /// process.
    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>>;
}

/// A node as it reports for duty.
pub(crate) struct Member {
    pub(crate) hand: Box<dyn Hand>,
    /// Counted up with every connection of a node: tells the news of one from those of the next.
    pub(crate) connection: u64,
    pub(crate) slots: u32,
    /// What `on` may call it; none: anything, as there is no other.
    pub(crate) labels: Option<BTreeSet<Label>>,
}

/// What an order is for.
#[derive(Clone)]
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
    /// None while there is no connection.
    member: Option<Member>,
    heard: Instant,
    /// Given up: what it had was given to others.
    lost: bool,
    draining: bool,
    busy: u32,
    pace: Pace,
    /// Jobs that it has been told of.
    begun: BTreeSet<JobId>,
    /// As last told.
    progress: BTreeMap<OrderId, Vec<Counts>>,
    /// What it lacks, as it said when it last failed at something because of it.
    aside: Option<Aside>,
}

/// A node that gets no work.
struct Aside {
    until: Instant,
    message: String,
}

impl Hands {
    /// No node yet. `next` is above the number of any order that was given in this epoch.
    pub(super) fn new(epoch: u64, next: u64) -> Self {
        Self {
            epoch,
            next,
            nodes: BTreeMap::new(),
            busy: BTreeMap::new(),
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Above the number of any order that was given.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// A node that may report for duty; if it does not in time, it is lost.
    pub(super) fn expect(&mut self, node: NodeId) {
        self.nodes.entry(node).or_insert_with(Node::absent);
    }

    /// A node reports, for the first time or again. Gives what it was ordered and does not know of.
    pub(super) fn join(
        &mut self,
        node: NodeId,
        member: Member,
        ready: &Ready,
        knows: impl Fn(&JobId) -> bool,
        ticket: impl Fn(&AttemptKey) -> Option<Ticket>,
    ) -> Vec<Busy> {
        let known: BTreeSet<OrderId> = ready
            .under_way
            .iter()
            .map(|order| order.id)
            .chain(ready.untold.iter().map(|(id, _)| *id))
            .collect();
        let of_node = |(id, busy): &(&OrderId, &Busy)| busy.node == node && !known.contains(*id);
        let unknown: Vec<OrderId> = self
            .busy
            .iter()
            .filter(of_node)
            .map(|(id, _)| *id)
            .collect();
        let unknown = unknown.iter().filter_map(|id| self.busy.remove(id));
        let unknown = unknown.collect();
        for order in &ready.under_way {
            let adopted = || Busy {
                node,
                job: order.job.clone(),
                ticket: order
                    .attempt
                    .as_ref()
                    .and_then(&ticket)
                    .unwrap_or(Ticket::Forgotten),
            };
            self.busy.entry(order.id).or_insert_with(adopted);
        }
        let busy = self.busy.values().filter(|busy| busy.node == node).count();
        let joined = Node {
            heard: clock::now(),
            lost: false,
            draining: ready.draining,
            busy: u32::try_from(busy).unwrap_or(u32::MAX),
            pace: Pace::default(),
            begun: ready
                .jobs
                .iter()
                .filter(|job| knows(job))
                .cloned()
                .collect(),
            progress: BTreeMap::new(),
            // It may have a new connection and the same disk.
            aside: self.nodes.get_mut(&node).and_then(|node| node.aside.take()),
            member: Some(member),
        };
        self.nodes.insert(node, joined);
        unknown
    }

    /// Has a node forget jobs that are over. What they prepared and is not agreed to count is
    /// removed: what the node has told is to be recorded before.
    pub(super) fn end_on(&self, node: NodeId, jobs: &[JobId]) {
        for job in jobs {
            let job = job.clone();
            // Whether all of it became visible is not looked at here: nothing is swept.
            self.say(node, ToWorker::End { job, lost: false });
        }
    }

    /// A node has been heard of, by this connection. Whether it is the node's newest.
    pub(super) fn hear(&mut self, node: NodeId, connection: u64) -> bool {
        let Some(node) = self.nodes.get_mut(&node) else {
            return false;
        };
        let newest = node.member.as_ref().map(|member| member.connection);
        if newest == Some(connection) {
            node.heard = clock::now();
        }
        newest == Some(connection)
    }

    /// A connection has ended. The node may report again.
    pub(super) fn part(&mut self, node: NodeId, connection: u64) {
        if let Some(node) = self.nodes.get_mut(&node)
            && node
                .member
                .as_ref()
                .is_some_and(|member| member.connection == connection)
        {
            node.member = None;
        }
    }

    /// A node could not do its work, and is at fault itself: it gets none until it may have been
    /// mended.
    pub(super) fn set_aside(&mut self, id: NodeId, message: &str) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let message = message.to_owned();
        if node.aside.as_ref().is_none_or(|it| it.message != message) {
            tracing::warn!(node = id.0, %message, "a node gets no work for a while");
        }
        let until = clock::now() + ASIDE_FOR;
        node.aside = Some(Aside { until, message });
    }

    /// A node did what it was ordered. What it began before it was set aside says nothing.
    pub(super) fn mended(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(&id)
            && !node.is_aside()
        {
            node.aside = None;
        }
    }

    /// Whether there is a node that could be given work now or later, and is not set aside.
    pub(super) fn any_well(&self) -> bool {
        let mut nodes = self.nodes.values();
        nodes.any(|node| node.slots() > 0 && !node.is_aside())
    }

    /// Whether a node gets work: one that is set aside does, if the others are as well.
    fn is_usable(&self, node: &Node) -> bool {
        !node.is_aside() || !self.any_well()
    }

    pub(super) fn drain(&mut self, node: NodeId) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.draining = true;
        }
    }

    /// Nodes that have not been heard of for too long, and are not given up yet.
    pub(super) fn overdue(&self, now: Instant) -> Vec<NodeId> {
        let overdue = |node: &Node| {
            let here = node.progress_here().is_some();
            !here && !node.lost && now.saturating_duration_since(node.heard) >= LOST_AFTER
        };
        let found = self.nodes.iter().filter(|(_, node)| overdue(node));
        found.map(|(id, _)| *id).collect()
    }

    /// Gives a node up; gives what it was ordered.
    pub(super) fn lose(&mut self, id: NodeId) -> Vec<Busy> {
        if let Some(node) = self.nodes.get_mut(&id) {
            *node = Node {
                lost: true,
                heard: node.heard,
                ..Node::absent()
            };
        }
        let of_node: Vec<OrderId> = self
            .busy
            .iter()
            .filter(|(_, busy)| busy.node == id)
            .map(|(order, _)| *order)
            .collect();
        let orders = of_node.iter().filter_map(|order| self.busy.remove(order));
        orders.collect()
    }

    /// The node of the leader's own process.
    pub(super) fn here(&self) -> Option<NodeId> {
        let here = |node: &Node| node.progress_here().is_some();
        let found = self.nodes.iter().find(|(_, node)| here(node));
        found.map(|(id, _)| *id)
    }

    /// Every node as others may see it.
    pub(super) fn presence(&self) -> BTreeMap<NodeId, Presence> {
        let nodes = self.nodes.iter();
        nodes.map(|(id, node)| (*id, node.presence())).collect()
    }

    /// Whether another node than these could be given work.
    pub(super) fn has_other(&self, than: &BTreeSet<NodeId>) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|(id, node)| !than.contains(id) && node.slots() > 0)
    }

    /// Whether a node of this label is there, busy or not.
    pub(super) fn has_label(&self, label: &Label) -> bool {
        let mut nodes = self.nodes.values();
        nodes.any(|node| node.slots() > 0 && node.is_called(label))
    }

    /// Attempts that could be given now.
    pub(super) fn free_slots(&self) -> usize {
        let usable = self.nodes.values().filter(|node| self.is_usable(node));
        usable.map(|node| node.free() as usize).sum()
    }

    /// Every node with room, for work that only nodes of a label may do.
    pub(super) fn with_room(&self, on: Option<&Label>) -> Vec<NodeInfo> {
        let has_room = |node: &Node| node.free() > 0 && self.is_usable(node);
        let nodes = self.nodes.iter().filter(|(_, node)| has_room(node));
        nodes
            .map(|(id, node)| NodeInfo {
                id: *id,
                free_slots: node.free(),
                labels: match node.labels() {
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
                node.say(ToWorker::Begin { job, spec });
            }
            node.say(ToWorker::Order { id, order });
        }
        id
    }

    /// A node with a free slot, for an errand that any of the label can do; its slot is taken.
    pub(super) fn any_free(&mut self, on: Option<&Label>) -> Option<NodeId> {
        let fits = |node: &Node| {
            let called = on.is_none_or(|on| node.is_called(on));
            called && node.slots() > node.busy
        };
        let fits = |node: &Node| fits(node) && self.is_usable(node);
        let nodes = self.nodes.iter().filter(|(_, node)| fits(node));
        let freest =
            nodes.max_by_key(|(id, node)| (node.slots() - node.busy, std::cmp::Reverse(**id)));
        let id = *freest?.0;
        self.take_slot(id);
        Some(id)
    }

    /// Takes a slot of this node, if one is free.
    pub(super) fn free_slot_of(&mut self, id: NodeId) -> Option<NodeId> {
        let node = self.nodes.get(&id)?;
        (node.slots() > node.busy).then(|| {
            self.take_slot(id);
            id
        })
    }

    /// An order has been answered: its slot is free again. None if nobody waits for it any more.
    pub(super) fn done(&mut self, id: OrderId) -> Option<Busy> {
        let busy = self.busy.remove(&id)?;
        self.give_back_slot(busy.node);
        if let Some(node) = self.nodes.get_mut(&busy.node) {
            node.progress.remove(&id);
            node.pace.count();
        }
        Some(busy)
    }

    /// Tells a node that what came of an order has been heard.
    pub(super) fn heard(&self, node: NodeId, id: OrderId) {
        self.say(node, ToWorker::Heard(id));
    }

    /// Tells a node what was agreed of an attempt that ended well.
    pub(super) fn recorded(
        &self,
        node: NodeId,
        id: OrderId,
        attempt: AttemptKey,
        answer: Result<Answer, Refusal>,
    ) {
        let keep = match answer {
            Ok(Answer::Accepted | Answer::Assigned { .. }) => Keep::All,
            Ok(Answer::Restored) => Keep::Chunks,
            Ok(Answer::Superseded) | Err(_) => Keep::Nothing,
        };
        self.say(node, ToWorker::Recorded { id, attempt, keep });
    }

    /// Nobody reads these chunks any more.
    pub(super) fn release(&self, job: &JobId, exchange: ExchangeId, split: Option<u32>) {
        for node in self.nodes.values().filter(|node| node.begun.contains(job)) {
            let job = job.clone();
            node.say(ToWorker::Release {
                job,
                exchange,
                split,
            });
        }
    }

    /// Has all attempts at a job stopped.
    pub(super) fn stop(&self, job: &JobId) {
        for node in self.nodes.values().filter(|node| node.begun.contains(job)) {
            node.say(ToWorker::Stop { job: job.clone() });
        }
    }

    /// Has a job forgotten everywhere; `lost`: some of its attempts went with their nodes.
    pub(super) fn end(&mut self, job: &JobId, lost: bool) {
        for node in self.nodes.values_mut() {
            if node.begun.remove(job) {
                let job = job.clone();
                node.say(ToWorker::End { job, lost });
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
            let told = match node.progress_here() {
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
            node.say(message);
        }
    }
}

impl Node {
    fn absent() -> Self {
        Self {
            member: None,
            heard: clock::now(),
            lost: false,
            draining: false,
            busy: 0,
            pace: Pace::default(),
            begun: BTreeSet::new(),
            progress: BTreeMap::new(),
            aside: None,
        }
    }

    fn is_aside(&self) -> bool {
        let aside = self.aside.as_ref();
        aside.is_some_and(|aside| aside.until > clock::now())
    }

    /// What cannot be said now is made up for when the node reports again.
    fn say(&self, message: ToWorker) {
        if let Some(member) = &self.member {
            member.hand.say(message);
        }
    }

    fn is_called(&self, label: &Label) -> bool {
        self.labels().is_none_or(|labels| labels.contains(label))
    }

    fn progress_here(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        self.member.as_ref()?.hand.progress()
    }

    fn labels(&self) -> Option<&BTreeSet<Label>> {
        self.member.as_ref()?.labels.as_ref()
    }

    fn slots(&self) -> u32 {
        match &self.member {
            Some(member) if !self.draining => member.slots,
            _ => 0,
        }
    }

    fn free(&self) -> u32 {
        match self.slots() {
            0 => 0,
            slots => (slots + self.pace.ahead()).saturating_sub(self.busy),
        }
    }

    fn presence(&self) -> Presence {
        Presence {
            alive: !self.lost
                && (self.member.is_some()
                    || clock::now().saturating_duration_since(self.heard) < LOST_AFTER),
            slots: self.slots(),
            draining: self.draining,
            busy: self.busy,
            trouble: self.aside.as_ref().map(|aside| aside.message.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Deaf;

    impl Hand for Deaf {
        fn say(&self, _: ToWorker) {}

        fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
            None
        }
    }

    fn hands(nodes: u64) -> Hands {
        let mut hands = Hands::new(1, 0);
        for id in (1..=nodes).map(NodeId) {
            let member = Member {
                hand: Box::new(Deaf),
                connection: 1,
                slots: 2,
                labels: None,
            };
            hands.join(id, member, &Ready::default(), |_| false, |_| None);
        }
        hands
    }

    #[test]
    fn a_node_that_lacks_something_gets_no_work_and_says_why() {
        let mut hands = hands(2);
        hands.set_aside(NodeId(1), "no space");
        // What it had begun before says nothing of its disk.
        hands.mended(NodeId(1));
        let with_room: Vec<NodeId> = hands.with_room(None).iter().map(|it| it.id).collect();
        assert_eq!((with_room, hands.free_slots()), (vec![NodeId(2)], 2));
        assert_eq!(hands.any_free(None), Some(NodeId(2)));
        let presence = hands.presence();
        assert_eq!(presence[&NodeId(1)].trouble.as_deref(), Some("no space"));
        assert_eq!(presence[&NodeId(2)].trouble, None);
    }

    #[test]
    fn where_all_nodes_lack_something_work_goes_on_to_its_error() {
        let mut hands = hands(1);
        hands.set_aside(NodeId(1), "no space");
        assert!(!hands.any_well());
        assert_eq!((hands.with_room(None).len(), hands.free_slots()), (1, 2));
        assert_eq!(hands.any_free(None), Some(NodeId(1)));
    }
}
