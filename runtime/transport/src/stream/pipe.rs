//! What is under a stream's halves: QUIC, or memory.

use bytes::Bytes;
use quinn::{ReadError, WriteError};

use crate::closed::{Closed, Refusal};
use crate::memory::{Reader, Writer};

/// Why a pipe gives or takes nothing.
#[derive(Debug)]
pub(crate) enum PipeError {
    /// The other side does not want any more, or does not send any more.
    GivenUp,
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
            Self::Quic(stream) => match stream.write_chunk(bytes).await {
                Ok(()) => Ok(()),
                Err(WriteError::ConnectionLost(error)) => Err(PipeError::Closed(error.into())),
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

    /// Nothing more will come, and what came is not all.
    pub(crate) fn reset(&mut self) {
        match self {
            Self::Quic(stream) => stream.reset(Refusal::Done.var_int()).unwrap_or_default(),
            Self::Memory(writer) => writer.reset(),
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
                Err(_) => Err(PipeError::GivenUp),
            },
            Self::Memory(reader) => reader.read(limit).await,
        }
    }

    /// Tells the other side to send no more.
    pub(crate) fn stop(&mut self) {
        match self {
            Self::Quic(stream) => stream.stop(Refusal::Done.var_int()).unwrap_or_default(),
            Self::Memory(reader) => reader.stop(),
        }
    }
}
