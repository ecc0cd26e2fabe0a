//! A conversation on a connection: frames and raw bytes, in both directions.
//!
//! A stream costs nothing to open; one question and its answer have one of their
//! own. The other side sees it with the first bytes, not before.

mod pipe;
mod receiving;
mod sending;

use std::time::Duration;

pub(crate) use self::pipe::{PipeError, ReceivePipe, SendPipe};
pub use self::receiving::{ReceiveError, Receiving};
pub use self::sending::{SendError, Sending};
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
        Self {
            sending: Sending::new(sending, connection.clone()),
            receiving: Receiving::new(receiving, connection.clone()),
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
