//! A conversation on a connection: frames and raw bytes, in both directions.
//!
//! A stream costs nothing to open; one question and its answer have one of their
//! own. The other side sees it with the first bytes, not before.

mod pipe;
mod receiving;
mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) use self::pipe::{PipeError, ReceivePipe, SendPipe};
pub use self::receiving::{ReceiveError, Receiving};
pub use self::sending::{SendError, Sending};
use crate::closed::Refusal;
use crate::connection::Connection;
use crate::frame::Frame;

/// Both directions of a stream. Each can be used, ended and dropped by itself.
#[derive(Debug)]
pub struct Stream {
    /// Towards the peer.
    pub sending: Sending,
    /// From the peer.
    pub receiving: Receiving,
}

impl Stream {
    pub(crate) fn new(connection: &Connection, sending: SendPipe, receiving: ReceivePipe) -> Self {
        let word = Word::default();
        Self {
            sending: Sending::new(sending, connection.clone(), word.clone()),
            receiving: Receiving::new(receiving, connection.clone(), word),
        }
    }

    /// [`Sending::send`].
    pub async fn send<T: Frame>(&mut self, frame: &T) -> Result<(), SendError> {
        self.sending.send(frame).await
    }

    /// [`Receiving::receive`].
    pub async fn receive<T: Frame>(&mut self, within: Duration) -> Result<T, ReceiveError> {
        self.receiving.receive(within).await
    }
}

/// What the peer is told of a stream that ends early, the same on both halves: a frame that was
/// all sent before it was refused can only be spoken of in the direction of its answer.
#[derive(Debug, Clone, Default)]
struct Word(Arc<AtomicBool>);

impl Word {
    fn say_busy(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn spoken(&self) -> Refusal {
        match self.is_busy() {
            true => Refusal::Busy,
            false => Refusal::Done,
        }
    }
}
