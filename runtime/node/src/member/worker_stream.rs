//! A worker of another node, as the leader's node hears and speaks to it.

use std::collections::BTreeSet;
use std::time::Duration;

use bubbles_cluster::{Command, Counts, Fingerprint, NodeRecord};
use bubbles_pipeline::{Label, NodeId};
use bubbles_transport::{Connection, Receiving, Sending, Stream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::serve::Broken;
use super::shared::{Leading, Shared};
use crate::leader::{Event, Hand, Member};
use crate::order::{FromWorker, OrderId, ToWorker};
use crate::wire::{Denial, Tell, decode_list, encode, receive_long, send_long};

/// A worker says something every half second.
const SILENCE: Duration = Duration::from_secs(10);

/// Orders that travel together.
const TOGETHER: usize = 256;

/// A node's slots at most: more than any machine has, and a bound on what it is sent.
const SLOTS_MAX: u32 = 4096;

/// What a node says of itself as it reports.
pub(super) struct Attaching {
    pub(super) node: NodeId,
    pub(super) address: String,
    pub(super) slots: u32,
    pub(super) labels: Vec<String>,
}

/// A worker in another process. What it is sent is bounded by the orders that the leader gives it,
/// a few for each slot.
struct There(UnboundedSender<ToWorker>);

impl Hand for There {
    fn say(&self, message: ToWorker) {
        // Once the stream has ended, the node reports again and is told anew.
        self.0.send(message).ok();
    }

    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        None
    }
}

/// Serves a worker, as long as this node leads and the stream lives.
pub(super) async fn serve(
    shared: &Shared,
    connection: &Connection,
    mut stream: Stream,
    attaching: Attaching,
) -> Result<(), Broken> {
    let (leading, record) = match admit(shared, connection, &attaching).await {
        Ok(admitted) => admitted,
        Err(denial) => {
            stream.send(&Tell::No(denial)).await?;
            return Ok(stream.sending.finish()?);
        }
    };
    stream.send(&Tell::Done).await?;
    let first = receive_long(&mut stream.receiving, SILENCE).await?;
    let mut first: Vec<FromWorker> = decode_list(&first, 1)?;
    let Some(FromWorker::Ready(ready)) = first.pop() else {
        return Ok(());
    };
    let node = attaching.node;
    let number = shared.next_connection();
    let (orders, to_send) = mpsc::unbounded_channel();
    let member = Member {
        hand: Box::new(There(orders)),
        connection: number,
        slots: record.slots,
        labels: Some(record.labels),
    };
    tracing::info!(node = %record.name, "a node works for this leader");
    let joined = Event::Joined(node, member, Box::new(ready));
    if leading.events.send(joined).is_err() {
        return Ok(());
    }
    let served = tokio::select! {
        heard = hear(&leading, node, number, &mut stream.receiving) => heard,
        sent = send(to_send, &mut stream.sending) => sent,
    };
    leading.events.send(Event::Parted(node, number)).ok();
    served
}

/// Lets a member work, and has it agreed where it is and what it offers.
async fn admit(
    shared: &Shared,
    connection: &Connection,
    attaching: &Attaching,
) -> Result<(Leading, NodeRecord), Denial> {
    let leading = shared.lead()?;
    let peer = connection.peer();
    let refused = |message: String| Denial::Refused { message };
    let labels: Result<BTreeSet<Label>, _> = attaching
        .labels
        .iter()
        .map(|label| label.parse::<Label>())
        .collect();
    let record = NodeRecord {
        name: peer.name.to_string(),
        address: attaching.address.clone(),
        labels: labels.map_err(|error| refused(format!("a label: {error}")))?,
        slots: attaching.slots.clamp(1, SLOTS_MAX),
        certificate: Fingerprint(*peer.fingerprint.as_bytes()),
    };
    let known = shared
        .replica
        .read(|state| state.registry().nodes().get(&attaching.node).cloned());
    match known {
        Some(known) if known == record => Ok((leading, record)),
        Some(known) if known.name == record.name => {
            let register = Command::Register {
                node: attaching.node,
                record: record.clone(),
            };
            match shared.replica.propose(vec![register]).await {
                Ok(_) => Ok((leading, record)),
                Err(_) => Err(shared.not_leader()),
            }
        }
        _ => Err(refused(format!(
            "node {} is no member of this cluster: let it join anew, with an empty data folder and \
             a token",
            record.name
        ))),
    }
}

async fn hear(
    leading: &Leading,
    node: NodeId,
    number: u64,
    receiving: &mut Receiving,
) -> Result<(), Broken> {
    loop {
        let message = receive_long(receiving, SILENCE).await?;
        let said: Vec<FromWorker> = decode_list(&message, TOGETHER)?;
        for said in said {
            if leading
                .events
                .send(Event::Worker(node, number, said))
                .is_err()
            {
                return Ok(());
            }
        }
    }
}

async fn send(
    mut orders: UnboundedReceiver<ToWorker>,
    sending: &mut Sending,
) -> Result<(), Broken> {
    let mut together = Vec::new();
    while orders.recv_many(&mut together, TOGETHER).await > 0 {
        send_long(sending, encode(&together)).await?;
        together.clear();
    }
    Ok(())
}
