//! Leading, while this node is elected: a thread that drives the jobs, and the care of the voters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use bubbles_cluster::{ChangeError, Member, State, StatusWatch, voters_for};
use bubbles_pipeline::NodeId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::shared::{Leading, Shared};
use crate::agreement::{Agreement, Replicated, Together};
use crate::leader::{Event, Leader, Window};

/// Between two looks at who should vote.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// A voter that is away for so long gives its place to a living node, if there is one to spare.
/// Longer than a restart.
const VOTER_AWAY: Duration = Duration::from_secs(30);

/// How long a new member's first steps are waited for.
const ADD_WITHIN: Duration = Duration::from_secs(5);

/// Before a leader that lost its quorum asks whether it has one again.
const PAUSE: Duration = Duration::from_millis(200);

/// Leads whenever this node is elected, until the log has stopped.
pub(super) async fn keep_leading(shared: Arc<Shared>) {
    let mut watch = shared.replica.watch();
    // Orders are numbered on where the same term goes on.
    let mut numbered = (0, 0);
    loop {
        let elected = watch.wait(|status| status.is_leader || status.stopped.is_some());
        match elected.await {
            Ok(status) if status.stopped.is_none() => {
                // To read the newest is not enough: what this node said before, as the leader of the
                // same term and without a majority, may yet be agreed. After this it has been.
                if shared.replica.propose(Vec::new()).await.is_err() {
                    sleep(PAUSE).await;
                    continue;
                }
                let term = shared.replica.status().term;
                let next = if numbered.0 == term { numbered.1 } else { 0 };
                tracing::info!(term, "this node leads the cluster");
                numbered = (term, lead(&shared, &mut watch, term, next).await);
                tracing::info!(term, "this node leads no longer");
            }
            _ => return,
        }
    }
}

/// Leads in this term; gives the number that is above all orders given.
async fn lead(shared: &Arc<Shared>, watch: &mut StatusWatch, term: u64, next: u64) -> u64 {
    let (events, inbox) = mpsc::channel();
    let window = Arc::new(Window::default());
    let log = Agreement::Together(Together {
        log: Box::new(Replicated {
            replica: Arc::clone(&shared.replica),
            runtime: Handle::current(),
        }),
        epoch: term,
        folder: shared.state.clone(),
        name: shared.name.to_string(),
    });
    let (ended, mut end) = oneshot::channel();
    let seen = Arc::clone(&window);
    let thread = std::thread::Builder::new()
        .name("leader".to_owned())
        .spawn(move || {
            let mut leader = Leader::new(log, next, seen);
            leader.run(&inbox);
            ended.send(leader.next_order()).ok();
        });
    if let Err(error) = thread {
        tracing::error!(%error, "the system gives no thread to lead in");
        sleep(PAUSE).await;
        return next;
    }
    let leading = Leading {
        epoch: term,
        events: events.clone(),
        window,
    };
    shared.leading.send_replace(Some(leading));
    let mut care = JoinSet::new();
    care.spawn(tend(Arc::clone(shared)));
    let deposed = watch.wait(|status| !status.is_leader || status.term != term);
    let next = tokio::select! {
        next = &mut end => next,
        _ = deposed => {
            shared.leading.send_replace(None);
            // A leader that has ended needs not be told.
            events.send(Event::StepDown).ok();
            end.await
        }
    };
    shared.leading.send_replace(None);
    care.shutdown().await;
    // A leader that panicked has said so on standard error: numbers far above its own are free.
    next.unwrap_or(u64::MAX / 2)
}

/// Sees to it that every node has the log, and that 1, 3 or 5 of those that live vote.
async fn tend(shared: Arc<Shared>) {
    let mut heard: BTreeMap<NodeId, Instant> = BTreeMap::new();
    loop {
        sleep(TEND_EVERY).await;
        let Some(leading) = shared.leading() else {
            return;
        };
        if let Err(error) = tend_once(&shared, &leading.window, &mut heard).await {
            tracing::warn!(%error, "the members of the log could not be changed yet");
        }
    }
}

async fn tend_once(
    shared: &Shared,
    window: &Window,
    heard: &mut BTreeMap<NodeId, Instant>,
) -> Result<(), ChangeError> {
    let now = Instant::now();
    let presence = window.nodes();
    let registered: BTreeMap<NodeId, Member> = shared.replica.read(|state| {
        let nodes = state.registry().nodes().iter();
        let member = |name: &str, address: &str| Member {
            name: name.to_owned(),
            address: address.to_owned(),
        };
        // A node that was let in and has not reported yet has no address.
        let placed = nodes.filter(|(_, record)| !record.address.is_empty());
        placed
            .map(|(id, record)| (*id, member(&record.name, &record.address)))
            .collect()
    });
    for id in registered.keys() {
        let alive = presence.get(id).is_some_and(|presence| presence.alive);
        if alive || !heard.contains_key(id) {
            heard.insert(*id, now);
        }
    }
    heard.retain(|id, _| registered.contains_key(id));
    let status = shared.replica.status();
    for (id, member) in &registered {
        let alive = presence.get(id).is_some_and(|presence| presence.alive);
        if (alive || *id == shared.me) && status.members.get(id) != Some(member) {
            let adding = shared.replica.add_learner(*id, member.clone());
            // One that is slow to catch up does so by and by, and holds up nobody.
            if let Ok(added) = timeout(ADD_WITHIN, adding).await {
                added?;
            }
        }
    }
    let known = |id: &NodeId| {
        let known = |state: &State| state.registry().nodes().contains_key(id);
        shared.replica.read(known)
    };
    for id in status.members.keys() {
        if *id != shared.me && !known(id) {
            shared.replica.remove(*id).await?;
        }
    }
    let status = shared.replica.status();
    let nodes = registered
        .keys()
        .filter(|id| status.members.contains_key(id));
    let present = |id: &NodeId| {
        *id == shared.me
            || heard
                .get(id)
                .is_some_and(|at| now.saturating_duration_since(*at) < VOTER_AWAY)
    };
    let nodes = nodes.map(|id| (*id, present(id))).collect();
    let voters = voters_for(&nodes, &status.voters);
    if !voters.is_empty() && voters != status.voters {
        tracing::info!(?voters, "other nodes vote from now on");
        shared.replica.set_voters(voters).await?;
    }
    Ok(())
}
