//! The gate: takes in who knocks, has it show who it is, and lets it in or turns it away.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use quinn::Incoming;
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use crate::closed::{Closed, Refusal};
use crate::connection::{Connection, Link};
use crate::limits;
use crate::peer::{PeerError, PeerIdentity};
use crate::protocol::Protocol;
use crate::quic::{self, Roll};
use crate::revoked::Revoked;

pub(super) struct Gate {
    pub(super) quinn: quinn::Endpoint,
    pub(super) roll: Roll,
    pub(super) revoked: Revoked,
    pub(super) arrived: mpsc::Sender<Connection>,
}

/// Why someone was not let in. For the log: the peer was told a `Refusal`.
#[derive(Debug, Error)]
enum TurnedAway {
    #[error("the handshake took too long")]
    TooSlow,
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error(transparent)]
    Holder(#[from] PeerError),
    #[error("{peer} was refused: {refusal}")]
    Refused {
        peer: Box<PeerIdentity>,
        refusal: Refusal,
    },
    #[error("the handshake ended without a certificate or a protocol")]
    Incomplete,
    #[error("the endpoint is closing")]
    Closing,
}

impl Gate {
    /// The loop, until the endpoint closes.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut handshakes = Handshakes::default();
        loop {
            tokio::select! {
                biased;
                Some(ended) = handshakes.tasks.join_next_with_id() => handshakes.note_end(ended),
                incoming = self.quinn.accept() => match incoming {
                    Some(incoming) => self.judge(incoming, &mut handshakes),
                    None => return,
                },
            }
        }
    }

    /// Whether to begin a handshake with whoever sent the first packet.
    fn judge(self: &Arc<Self>, incoming: Incoming, handshakes: &mut Handshakes) {
        let remote = incoming.remote_address();
        let running = handshakes.tasks.len();
        if running >= limits::RETRY_ABOVE_HANDSHAKES && !incoming.remote_address_validated() {
            if let Err(error) = incoming.retry() {
                tracing::debug!(%remote, %error, "cannot ask for a proof of the address");
            }
            return;
        }
        let from_there = handshakes.from(remote.ip());
        if running >= limits::MAX_HANDSHAKES || from_there >= limits::MAX_HANDSHAKES_PER_ADDRESS {
            tracing::debug!(%remote, running, from_there, "too many handshakes");
            incoming.refuse();
            return;
        }
        let gate = self.clone();
        let task = handshakes.tasks.spawn(async move {
            if let Err(reason) = gate.admit(incoming).await {
                tracing::info!(%remote, %reason, "turned away");
            }
        });
        handshakes.addresses.insert(task.id(), remote.ip());
    }

    async fn admit(&self, incoming: Incoming) -> Result<(), TurnedAway> {
        let handshake = self.shake_hands(incoming);
        let connection = timeout(limits::HANDSHAKE, handshake)
            .await
            .map_err(|_| TurnedAway::TooSlow)??;
        // The verifier has seen to it that it is there and in order.
        let peer = Arc::new(peer_of(&connection)?);
        let protocol = protocol_of(&connection).ok_or(TurnedAway::Incomplete)?;
        let refuse = |refusal: Refusal| {
            quic::close(&connection, refusal, "");
            let peer = Box::new(PeerIdentity::clone(&peer));
            TurnedAway::Refused { peer, refusal }
        };
        if !protocol.admits(peer.role) {
            return Err(refuse(Refusal::Forbidden));
        }
        let place = timeout(limits::HANDSHAKE, self.arrived.reserve()).await;
        let Ok(place) = place else {
            return Err(refuse(Refusal::Busy));
        };
        let place = place.map_err(|_| TurnedAway::Closing)?;
        let most = limits::Share::of(protocol).connections;
        let end = self
            .roll
            .enter(&connection, peer.fingerprint, protocol, most);
        let Some(end) = end else {
            return Err(refuse(Refusal::Busy));
        };
        // It may have been revoked since the verifier looked; from here on `drop_revoked` finds it.
        if self.revoked.contains(peer.fingerprint) {
            return Err(refuse(Refusal::Revoked));
        }
        limits::open_up(&connection, protocol);
        welcome(&connection).await?;
        tracing::debug!(%peer, %protocol, "let in");
        place.send(Connection::new(Link::Quic(end), peer, protocol));
        Ok(())
    }

    async fn shake_hands(&self, incoming: Incoming) -> Result<quinn::Connection, Closed> {
        Ok(incoming.accept()?.await?)
    }
}

/// Tells a client that it is in. A client's own handshake ends before the server
/// has looked at its certificate, so without this it could not know.
async fn welcome(connection: &quinn::Connection) -> Result<(), Closed> {
    let mut stream = connection.open_uni().await?;
    // It cannot have been ended before; if the peer stops it, the peer knows.
    stream.finish().unwrap_or_default();
    Ok(())
}

/// The handshakes that are under way, by task: one that panics is counted out too.
#[derive(Default)]
struct Handshakes {
    tasks: JoinSet<()>,
    addresses: HashMap<Id, IpAddr>,
}

impl Handshakes {
    fn from(&self, address: IpAddr) -> usize {
        let same = self.addresses.values().filter(|other| **other == address);
        same.count()
    }

    fn note_end(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "a handshake panicked; please report this");
                }
                error.id()
            }
        };
        self.addresses.remove(&id);
    }
}

/// Whose certificate the peer showed.
pub(super) fn peer_of(connection: &quinn::Connection) -> Result<PeerIdentity, PeerError> {
    let shown = connection.peer_identity();
    let chain = shown.and_then(|shown| shown.downcast::<Vec<CertificateDer<'static>>>().ok());
    let certificate = chain.as_ref().and_then(|chain| chain.first());
    PeerIdentity::of_certificate(certificate.ok_or(PeerError::Unreadable)?)
}

fn protocol_of(connection: &quinn::Connection) -> Option<Protocol> {
    let data = connection.handshake_data()?;
    let data = data
        .downcast::<quinn::crypto::rustls::HandshakeData>()
        .ok()?;
    Protocol::of_alpn(&data.protocol?)
}
