//! The half of a stream that receives.

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::time::timeout;

use super::{PipeError, ReceivePipe, Word};
use crate::closed::{Closed, Refusal};
use crate::connection::Connection;
use crate::frame::{self, Assembly, Frame, FrameError};
use crate::limits::MAX_FRAME_BYTES;
use crate::room::Place;

/// The half of a stream that receives. Giving up waiting loses nothing: the next call goes on.
///
/// Dropped before its end, it tells the peer to send no more.
#[derive(Debug)]
pub struct Receiving {
    pipe: ReceivePipe,
    connection: Connection,
    assembly: Assembly,
    /// Of the frame in `assembly`, once its length is known.
    place: Option<Place>,
    word: Word,
}

/// Why nothing was received.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiveError {
    /// The peer ended the stream, between two frames.
    #[error("the stream has ended")]
    Finished,
    /// The peer gave the stream up.
    #[error("the peer gave up the stream")]
    GivenUp,
    /// Nothing came in the time that was given.
    #[error("nothing came in time")]
    Silent,
    /// A frame was begun and not ended in the time that was given.
    #[error("a frame was begun and did not end in time")]
    Stalled,
    /// A frame above 4 KiB was begun while others of this peer had all the memory that it
    /// gets. Nothing more comes of this stream, and the peer hears why when both its halves
    /// are dropped.
    #[error("no room for a long frame now")]
    Busy,
    /// The peer was [busy](Self::Busy) when it was to receive what was sent on this stream,
    /// and has not looked at it.
    #[error("the peer has no room for a long frame now")]
    Refused,
    /// What came is no frame that belongs here.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The connection ended.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl ReceiveError {
    /// Whether no peer in good order does so. [`Receiving::receive`] has then closed the connection.
    pub fn is_hostile(&self) -> bool {
        matches!(self, Self::Frame(_) | Self::Stalled)
    }
}

impl From<PipeError> for ReceiveError {
    fn from(error: PipeError) -> Self {
        match error {
            PipeError::GivenUp => Self::GivenUp,
            PipeError::Busy => Self::Refused,
            PipeError::Closed(closed) => Self::Closed(closed),
        }
    }
}

impl Receiving {
    pub(super) fn new(pipe: ReceivePipe, connection: Connection, word: Word) -> Self {
        Self {
            pipe,
            connection,
            assembly: Assembly::default(),
            place: None,
            word,
        }
    }

    /// Receives the next frame, which has to be a `T`, all of it `within` this time.
    ///
    /// What no peer in good order sends ends the connection, a frame begun and
    /// not ended among it. A frame above 4 KiB is refused ([`ReceiveError::Busy`]) if
    /// with the others that this peer has begun it would be more than 16 MiB.
    pub async fn receive<T: Frame>(&mut self, within: Duration) -> Result<T, ReceiveError> {
        let received = self.frame(within).await;
        if let Err(error) = &received
            && error.is_hostile()
        {
            self.end_connection(error);
        }
        received
    }

    /// The next raw bytes: at least 1, at most `limit`, as they come; nothing at
    /// the end of the stream. They are not copied, so a small piece may hold a
    /// packet of 1.5 KiB in memory. That none come `within` the time is `Silent`.
    pub async fn receive_bytes(
        &mut self,
        limit: usize,
        within: Duration,
    ) -> Result<Option<Bytes>, ReceiveError> {
        if self.word.is_busy() {
            return Err(ReceiveError::Busy);
        }
        if self.assembly.has_begun() {
            // Half a frame was received before: what comes next are no raw bytes.
            return Err(ReceiveError::Stalled);
        }
        if limit == 0 {
            return Ok(Some(Bytes::new()));
        }
        match timeout(within, self.pipe.read(limit)).await {
            Ok(read) => Ok(read?),
            Err(_) => Err(ReceiveError::Silent),
        }
    }

    /// Tells the peer to send no more. What it has sent is thrown away.
    pub fn stop(&mut self) {
        self.pipe.stop(Refusal::Done);
    }

    /// As [`Receiving::receive`], and the connection stays.
    pub(crate) async fn frame<T: Frame>(&mut self, within: Duration) -> Result<T, ReceiveError> {
        const { assert!(T::LIMIT <= MAX_FRAME_BYTES, "longer things are raw bytes") };
        let Ok(body) = timeout(within, self.body(T::KIND, T::LIMIT)).await else {
            return Err(match self.assembly.has_begun() {
                true => ReceiveError::Stalled,
                false => ReceiveError::Silent,
            });
        };
        let body = body?;
        // Kept until the value is made: for a moment there are both.
        let _place = self.place.take();
        Ok(frame::decode(&body)?)
    }

    pub(crate) fn end_connection(&self, error: &ReceiveError) {
        let refusal = match error {
            ReceiveError::Stalled => Refusal::Stalled,
            _ => Refusal::Violation,
        };
        tracing::warn!(peer = %self.connection.peer(), %error, "closing the connection");
        self.connection.close(refusal, &error.to_string());
    }

    async fn body(&mut self, kind: u8, limit: usize) -> Result<Vec<u8>, ReceiveError> {
        loop {
            if let Some(body) = self.assembly.take() {
                return Ok(body);
            }
            self.take_place()?;
            let Some(bytes) = self.pipe.read(self.assembly.wanted()).await? else {
                return Err(match self.assembly.has_begun() {
                    true => FrameError::Truncated.into(),
                    false => ReceiveError::Finished,
                });
            };
            self.assembly.push(&bytes, kind, limit)?;
        }
    }

    /// Takes the room that the frame in `assembly` needs, or refuses the frame.
    fn take_place(&mut self) -> Result<(), ReceiveError> {
        if self.word.is_busy() {
            return Err(ReceiveError::Busy);
        }
        if let Some(length) = self.assembly.length()
            && self.place.is_none()
        {
            self.place = self.connection.room().receive(length);
            if self.place.is_none() {
                self.word.say_busy();
                self.pipe.stop(self.word.spoken());
                return Err(ReceiveError::Busy);
            }
        }
        Ok(())
    }
}
