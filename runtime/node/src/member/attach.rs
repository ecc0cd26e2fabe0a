//! The worker of this node reports to whoever leads, here or elsewhere, again and again.

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::{Command, ProposeError};
use bubbles_transport::{Connection, Protocol, Receiving, Sending};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{interval, sleep};

use super::shared::{Leading, Shared};
use crate::leader::{Event, Member};
use crate::node::Here;
use crate::order::{FromWorker, Ready, ToWorker};
use crate::wire::{Ask, Denial, LongError, Tell, decode_list, encode, receive_long, send_long};

/// How often a worker says that it lives, and how far it is.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Between two attempts to find the leader.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a leader may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A leader says something only when there is something to do. That it lives, the connection says.
const ORDERS_WITHIN: Duration = Duration::from_secs(365 * 86_400);

/// Messages that travel together.
const TOGETHER: usize = 256;

/// Reports to whoever leads. `outbox` is what the worker tells.
pub(super) async fn keep_attached(shared: Arc<Shared>, mut outbox: UnboundedReceiver<FromWorker>) {
    let mut named: Option<String> = None;
    let mut turn = 0_usize;
    loop {
        // What was told and not heard is in what the worker says first.
        while outbox.try_recv().is_ok() {}
        if shared.is_leaving() {
            return;
        }
        if let Some(leading) = shared.leading() {
            attach_here(&shared, &leading, &mut outbox).await;
        } else if let Some(address) = named.take().or_else(|| candidate(&shared, turn)) {
            turn = turn.wrapping_add(1);
            match attach_there(&shared, &address, &mut outbox).await {
                Ok(()) => {}
                Err(Apart::Elsewhere(other)) => named = Some(other),
                Err(Apart::Failed(error)) => {
                    tracing::debug!(%address, %error, "no leader was found there");
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// Where the leader may be: as the log knows, else any node that is known of, by turns.
fn candidate(shared: &Shared, turn: usize) -> Option<String> {
    let leader = shared.replica.status().leader;
    if let Some((id, member)) = leader
        && id != shared.me
    {
        return Some(member.address);
    }
    let mut known = shared.book.addresses();
    known.extend(shared.addresses.iter().cloned());
    known.retain(|address| *address != shared.address);
    (!known.is_empty()).then(|| known.swap_remove(turn % known.len()))
}

/// Works for the leader in this process, until it leads no longer.
async fn attach_here(
    shared: &Shared,
    leading: &Leading,
    outbox: &mut UnboundedReceiver<FromWorker>,
) {
    if let Err(error) = register_here(shared).await {
        tracing::warn!(%error, "this node could not be registered yet");
        return;
    }
    let connection = shared.next_connection();
    let member = Member {
        hand: Box::new(Here(Arc::clone(&shared.worker))),
        connection,
        slots: shared.slots,
        labels: Some(shared.labels.clone()),
    };
    let joined = Event::Joined(shared.me, member, Box::new(ready(shared)));
    if leading.events.send(joined).is_err() {
        return;
    }
    let mut changed = shared.leading.subscribe();
    let epoch = leading.epoch;
    let leads = |now: &Option<Leading>| now.as_ref().is_some_and(|now| now.epoch == epoch);
    loop {
        tokio::select! {
            said = outbox.recv() => {
                let Some(said) = said else { return };
                let event = Event::Worker(shared.me, connection, said);
                if leading.events.send(event).is_err() {
                    return;
                }
            }
            _ = changed.wait_for(|now| !leads(now)) => return,
        }
    }
}

async fn register_here(shared: &Shared) -> Result<(), ProposeError> {
    let record = shared.record();
    let known = shared
        .replica
        .read(|state| state.registry().nodes().get(&shared.me) == Some(&record));
    if known {
        return Ok(());
    }
    let register = Command::Register {
        node: shared.me,
        record,
    };
    shared.replica.propose(vec![register]).await.map(drop)
}

fn ready(shared: &Shared) -> Ready {
    Ready {
        draining: shared.is_draining(),
        ..shared.worker.ready()
    }
}

/// Why a worker is attached to nobody.
enum Apart {
    /// The leader is there.
    Elsewhere(String),
    Failed(String),
}

impl<E: std::error::Error> From<E> for Apart {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Works for the leader at this address, until the connection ends or another leads.
async fn attach_there(
    shared: &Shared,
    address: &str,
    outbox: &mut UnboundedReceiver<FromWorker>,
) -> Result<(), Apart> {
    let connection = shared.peers.whoever(address, Protocol::Control).await?;
    let mut stream = connection.open().await?;
    let attach = Ask::Attach {
        node: shared.me,
        address: shared.address.clone(),
        slots: shared.slots,
        labels: shared.labels.iter().map(ToString::to_string).collect(),
    };
    stream.send(&attach).await?;
    match stream.receive(ANSWER_WITHIN).await? {
        Tell::Done => {}
        Tell::No(Denial::NotLeader {
            address: Some(other),
        }) => return Err(Apart::Elsewhere(other)),
        Tell::No(denial) => return Err(denial.into()),
        _ => return Err(Apart::Failed("an answer that was not asked for".to_owned())),
    }
    tracing::info!(leader = %connection.peer(), "this node works for the leader");
    let first = FromWorker::Ready(ready(shared));
    send_long(&mut stream.sending, encode(&vec![first])).await?;
    let mut leading = shared.leading.subscribe();
    tokio::select! {
        told = tell(shared, &mut stream.sending, outbox) => told?,
        done = obey(shared, &mut stream.receiving) => done?,
        () = another_leads(shared, &connection) => {}
        _ = leading.wait_for(Option::is_some) => {}
    }
    Ok(())
}

/// Tells the leader what the worker tells, and now and then that it lives.
async fn tell(
    shared: &Shared,
    sending: &mut Sending,
    outbox: &mut UnboundedReceiver<FromWorker>,
) -> Result<(), LongError> {
    let mut heartbeat = interval(HEARTBEAT);
    let mut said = Vec::new();
    loop {
        tokio::select! {
            count = outbox.recv_many(&mut said, TOGETHER) => {
                if count == 0 {
                    return Ok(());
                }
            }
            _ = heartbeat.tick() => said.push(FromWorker::Progress(shared.worker.progress())),
        }
        send_long(sending, encode(&said)).await?;
        said.clear();
    }
}

/// Does as the leader says.
async fn obey(shared: &Shared, receiving: &mut Receiving) -> Result<(), LongError> {
    loop {
        let message = receive_long(receiving, ORDERS_WITHIN).await?;
        let orders: Vec<ToWorker> = decode_list(&message, TOGETHER)?;
        for order in orders {
            shared.worker.take(order);
        }
    }
}

/// Waits until the log knows of another leader than this.
async fn another_leads(shared: &Shared, connection: &Connection) {
    let name = connection.peer().name.as_str().to_owned();
    let mut watch = shared.replica.watch();
    let other = watch.wait(|status| {
        let leader = status.leader.as_ref();
        leader.is_some_and(|(_, member)| member.name != name)
    });
    if other.await.is_err() {
        // The log has stopped: the connection's own end is waited for.
        std::future::pending::<()>().await;
    }
}
