//! The half of a stream that sends.

use bytes::Bytes;
use thiserror::Error;

use super::{PipeError, SendPipe, Word};
use crate::closed::Closed;
use crate::connection::Connection;
use crate::frame::{self, EncodeError, Frame, HEADER_BYTES};
use crate::limits::MAX_FRAME_BYTES;

/// The half of a stream that sends. What the peer does not read, it waits with:
/// neither side holds more than the connection's windows. A peer that never
/// reads makes it wait for ever, so whoever does not trust it sets a deadline
/// around; giving up in the middle ruins this stream, and nothing else.
///
/// Dropped without [`Sending::finish`], it tells the peer that what came is not all.
#[derive(Debug)]
pub struct Sending {
    pipe: SendPipe,
    state: State,
    word: Word,
    connection: Connection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A write has begun. Found at the beginning of another one, it was given up half-way.
    Midway,
    Ended,
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// The value makes no frame. The stream is as it was.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The peer does not want any more of this stream.
    #[error("the peer stopped reading")]
    Stopped,
    /// The peer has no room now for a frame as long, and looked at nothing of it.
    /// Later, on another stream, it may have: [`call`](crate::call) tries that by itself.
    #[error("the peer has no room for a long frame now")]
    Busy,
    /// It was finished, or a write before was given up half-way.
    #[error("the stream has been ended here")]
    Ended,
    /// The connection ended.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl Sending {
    pub(super) fn new(pipe: SendPipe, connection: Connection, word: Word) -> Self {
        Self {
            pipe,
            state: State::Open,
            word,
            connection,
        }
    }

    /// Sends one frame. It is on its way when this returns, and nothing says that it has arrived: an answer does.
    ///
    /// Frames above 4 KiB take turns, as no more than 12 MiB of them are sent to one peer at a time.
    /// All the same the peer may refuse one, if others have what room it has: this says so
    /// ([`SendError::Busy`]), or the next send if the frame was on its way already, and to whoever
    /// waits for an answer [`ReceiveError::Refused`](crate::ReceiveError::Refused).
    pub async fn send<T: Frame>(&mut self, frame: &T) -> Result<(), SendError> {
        const { assert!(T::LIMIT <= MAX_FRAME_BYTES, "longer things are raw bytes") };
        let bytes = frame::encode(frame)?;
        self.check_open()?;
        let _place = tokio::select! {
            biased;
            place = self.connection.room().send(bytes.len() - HEADER_BYTES) => place,
            // The turn may be held by one who sends on another connection.
            closed = self.connection.closed() => return Err(closed.into()),
        };
        self.write(bytes.into()).await
    }

    /// Sends raw bytes. How many of them there are, a frame before has said, or the end of the stream will.
    pub async fn send_bytes(&mut self, bytes: Bytes) -> Result<(), SendError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.write(bytes).await
    }

    /// Says that nothing more will come and that what came is all.
    pub fn finish(&mut self) -> Result<(), SendError> {
        self.check_open()?;
        self.pipe.finish();
        self.state = State::Ended;
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), SendError> {
        self.check_open()?;
        self.state = State::Midway;
        let written = self.pipe.write(bytes).await;
        match written {
            Ok(()) => {
                self.state = State::Open;
                Ok(())
            }
            Err(PipeError::GivenUp) => Err(SendError::Stopped),
            Err(PipeError::Busy) => Err(SendError::Busy),
            Err(PipeError::Closed(closed)) => Err(closed.into()),
        }
    }

    fn check_open(&self) -> Result<(), SendError> {
        match self.state {
            State::Open => Ok(()),
            State::Midway | State::Ended => Err(SendError::Ended),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // Left to itself, QUIC would call half a frame whole.
        if self.state != State::Ended {
            self.pipe.reset(self.word.spoken());
        }
    }
}
