//! What is under a stream's halves: QUIC, or memory.

use std::pin::pin;

use bytes::Bytes;
use quinn::{ReadError, WriteError};
use tokio::time::timeout;

use crate::closed::{Closed, Refusal};
use crate::limits::STOP_CHECK;
use crate::memory::{Reader, Writer};

/// Why a pipe gives or takes nothing.
#[derive(Debug)]
pub(crate) enum PipeError {
    /// The other side does not want any more, or does not send any more.
    GivenUp,
    /// The other side has no room now for what was sent to it, and will not look at it.
    Busy,
    /// The connection ended.
    Closed(Closed),
}

#[derive(Debug)]
pub(crate) enum SendPipe {
    Quic(quinn::SendStream),
    Memory(Writer),
}

impl SendPipe {
    /// Waits until the other side has room for all of it. Given up half-way, an unknown part of it is sent.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), PipeError> {
        match self {
            Self::Quic(stream) => match write_all(stream, bytes).await {
                Ok(()) => Ok(()),
                Err(WriteError::ConnectionLost(error)) => Err(PipeError::Closed(error.into())),
                Err(WriteError::Stopped(code)) if is_busy(code) => Err(PipeError::Busy),
                Err(_) => Err(PipeError::GivenUp),
            },
            Self::Memory(writer) => writer.write(bytes).await,
        }
    }

    /// Nothing more will come, and all that came is good.
    pub(crate) fn finish(&mut self) {
        match self {
            // It fails if it was ended before, or if the other side gave up: the same to who ends it.
            Self::Quic(stream) => stream.finish().unwrap_or_default(),
            Self::Memory(writer) => writer.finish(),
        }
    }

    /// Nothing more will come, and what came is not all. `Busy` says that there was no room
    /// for what came the other way.
    pub(crate) fn reset(&mut self, why: Refusal) {
        match self {
            Self::Quic(stream) => stream.reset(why.var_int()).unwrap_or_default(),
            Self::Memory(writer) => writer.reset(why),
        }
    }
}

#[derive(Debug)]
pub(crate) enum ReceivePipe {
    Quic(quinn::RecvStream),
    Memory(Reader),
}

impl ReceivePipe {
    /// Some bytes, at least 1 and at most `limit`; or nothing, when the other
    /// side has ended the stream properly. Given up, it loses nothing.
    pub(crate) async fn read(&mut self, limit: usize) -> Result<Option<Bytes>, PipeError> {
        match self {
            Self::Quic(stream) => match stream.read_chunk(limit, true).await {
                Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
                Err(ReadError::ConnectionLost(error)) => Err(PipeError::Closed(error.into())),
                Err(ReadError::Reset(code)) if is_busy(code) => Err(PipeError::Busy),
                Err(_) => Err(PipeError::GivenUp),
            },
            Self::Memory(reader) => reader.read(limit).await,
        }
    }

    /// Tells the other side to send no more: there is no need, or no room (`Busy`).
    pub(crate) fn stop(&mut self, why: Refusal) {
        match self {
            Self::Quic(stream) => stream.stop(why.var_int()).unwrap_or_default(),
            Self::Memory(reader) => reader.stop(why),
        }
    }
}

/// `write_chunk`, that hears in any case when the other side stops the stream. By itself it
/// may sleep over it: quinn-proto 0.11 tells a writer so only while the connection has room,
/// and does not wake one that waits for room on its stream as well.
async fn write_all(stream: &mut quinn::SendStream, bytes: Bytes) -> Result<(), WriteError> {
    let mut writing = pin!(stream.write_chunk(bytes));
    loop {
        if let Ok(written) = timeout(STOP_CHECK, writing.as_mut()).await {
            return written;
        }
    }
}

fn is_busy(code: quinn::VarInt) -> bool {
    Refusal::of_code(code.into_inner()) == Refusal::Busy
}
