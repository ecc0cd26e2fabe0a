//! A connection to a peer that both sides have let in.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::closed::{Closed, Refusal};
use crate::memory::{self, MemoryEnd};
use crate::peer::PeerIdentity;
use crate::protocol::Protocol;
use crate::quic::QuicEnd;
use crate::room::Room;
use crate::stream::{ReceivePipe, SendPipe, Stream};

/// A connection to a peer, authenticated on both sides. Clones are handles of
/// the same one; it ends when the last of them and of its streams is dropped,
/// and what was not yet delivered is lost with it.
#[derive(Debug, Clone)]
pub struct Connection {
    link: Link,
    peer: Arc<PeerIdentity>,
    protocol: Protocol,
}

#[derive(Debug, Clone)]
pub(crate) enum Link {
    Quic(Arc<QuicEnd>),
    Memory(Arc<MemoryEnd>),
}

impl Connection {
    pub(crate) fn new(link: Link, peer: Arc<PeerIdentity>, protocol: Protocol) -> Self {
        Self {
            link,
            peer,
            protocol,
        }
    }

    /// Two ends of a connection in memory: what is said at one is heard at the
    /// other, with the same frames, limits and errors as over a network. `left`
    /// is who holds the first one. For tests that are about something else.
    pub fn in_memory(left: PeerIdentity, right: PeerIdentity, protocol: Protocol) -> (Self, Self) {
        let (left_end, right_end) = memory::ends(protocol);
        let connection = |end, peer| Self {
            link: Link::Memory(Arc::new(end)),
            peer: Arc::new(peer),
            protocol,
        };
        (connection(left_end, right), connection(right_end, left))
    }

    /// Who is at the other end, as its certificate says.
    pub fn peer(&self) -> &PeerIdentity {
        &self.peer
    }

    /// What the connection is for.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// From where the peer speaks; nothing, if it is in this process.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        match &self.link {
            Link::Quic(end) => Some(end.quinn().remote_address()),
            Link::Memory(_) => None,
        }
    }

    /// Opens a stream. Waits while as many are open as the peer allows. The peer
    /// sees it when something is sent on it.
    pub async fn open(&self) -> Result<Stream, Closed> {
        let (sending, receiving) = match &self.link {
            Link::Quic(end) => quic_pipes(end.quinn().open_bi().await?),
            Link::Memory(end) => memory_pipes(end.open().await?),
        };
        Ok(Stream::new(self, sending, receiving))
    }

    /// The next stream that the peer opens. Given up, it loses none.
    pub async fn accept(&self) -> Result<Stream, Closed> {
        let (sending, receiving) = match &self.link {
            Link::Quic(end) => quic_pipes(end.quinn().accept_bi().await?),
            Link::Memory(end) => memory_pipes(end.accept().await?),
        };
        Ok(Stream::new(self, sending, receiving))
    }

    /// Ends the connection and all its streams, now. The peer reads `refusal`
    /// and the first 256 bytes of `reason`. The first one to close it decides.
    ///
    /// A peer may not hear it if data waits for the network at that moment, as quinn-proto 0.11.19
    /// has the farewell wait too, and then for ever (quinn-rs/quinn#2785). It finds the connection
    /// [forgotten](Closed::Forgotten) when it next speaks, or [silent](Closed::Silent).
    pub fn close(&self, refusal: Refusal, reason: &str) {
        match &self.link {
            Link::Quic(end) => end.close(refusal, reason),
            Link::Memory(end) => end.close(refusal, reason),
        }
    }

    /// Waits until the connection has ended, and says why.
    pub async fn closed(&self) -> Closed {
        match &self.link {
            Link::Quic(end) => end.quinn().closed().await.into(),
            Link::Memory(end) => end.closed().await,
        }
    }

    /// Whether the connection has not ended, as far as this side knows.
    pub fn is_open(&self) -> bool {
        match &self.link {
            Link::Quic(end) => end.quinn().close_reason().is_none(),
            Link::Memory(end) => end.reason().is_none(),
        }
    }

    pub(crate) fn room(&self) -> &Room {
        match &self.link {
            Link::Quic(end) => end.room(),
            Link::Memory(end) => end.room(),
        }
    }
}

fn quic_pipes(
    (sending, receiving): (quinn::SendStream, quinn::RecvStream),
) -> (SendPipe, ReceivePipe) {
    (SendPipe::Quic(sending), ReceivePipe::Quic(receiving))
}

fn memory_pipes((writer, reader): (memory::Writer, memory::Reader)) -> (SendPipe, ReceivePipe) {
    (SendPipe::Memory(writer), ReceivePipe::Memory(reader))
}
