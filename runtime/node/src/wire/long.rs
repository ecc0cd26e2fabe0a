//! Messages between nodes that may be longer than a frame: orders with the receipts of thousands
//! of splits, pieces of the log. Their length goes ahead in a frame, the rest as raw bytes.

use std::time::Duration;

use bubbles_transport::{Frame, ReceiveError, Receiving, SendError, Sending};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest: the receipts of a hundred thousand splits, or two records of the log.
pub(crate) const LONG_BYTES: usize = 40 << 20;

/// What is asked of the stream at once.
const STEP_BYTES: usize = 256 << 10;

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    bytes: u32,
}

impl Frame for Head {
    const KIND: u8 = 48;
    const LIMIT: usize = 8;
}

/// Why a long message did not come or go.
#[derive(Debug, Error)]
pub(crate) enum LongError {
    /// It could not be received.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// It could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// It is longer than any may be.
    #[error("a message of {0} bytes; {LONG_BYTES} are the most")]
    TooLong(usize),
    /// The stream ended in the middle of it.
    #[error("the stream ended within a message")]
    Truncated,
    /// It is a list of more than are said at once.
    #[error("a message of {0} parts")]
    TooMany(usize),
    /// It is no message that belongs here.
    #[error("a message that cannot be read: {0}")]
    Malformed(postcard::Error),
}

pub(crate) async fn send_long(sending: &mut Sending, bytes: Vec<u8>) -> Result<(), LongError> {
    let length = bytes.len();
    let head = u32::try_from(length).ok().filter(|_| length <= LONG_BYTES);
    let head = Head {
        bytes: head.ok_or(LongError::TooLong(length))?,
    };
    sending.send(&head).await?;
    Ok(sending.send_bytes(Bytes::from(bytes)).await?)
}

/// How long each step of a message may take, once it is begun.
const STEP_WITHIN: Duration = Duration::from_secs(10);

/// The next message, for whose beginning there are `within`.
pub(crate) async fn receive_long(
    receiving: &mut Receiving,
    within: Duration,
) -> Result<Vec<u8>, LongError> {
    let Head { bytes: length } = receiving.receive(within).await?;
    let length = length as usize;
    if length > LONG_BYTES {
        return Err(LongError::TooLong(length));
    }
    let mut message = Vec::with_capacity(length.min(STEP_BYTES));
    while message.len() < length {
        let wanted = (length - message.len()).min(STEP_BYTES);
        let piece = receiving.receive_bytes(wanted, STEP_WITHIN).await?;
        message.extend_from_slice(&piece.ok_or(LongError::Truncated)?);
    }
    Ok(message)
}

/// A message's bytes.
pub(crate) fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).expect("messages have nothing that postcard cannot write")
}

/// All of a message, and nothing behind it.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, LongError> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(LongError::Malformed(
            postcard::Error::DeserializeBadEncoding,
        )),
        Err(error) => Err(LongError::Malformed(error)),
    }
}

/// The same of a list, of which at most so many parts are said at once: a part may take a byte
/// here and hundreds in memory.
pub(crate) fn decode_list<T: DeserializeOwned>(
    bytes: &[u8],
    most: usize,
) -> Result<Vec<T>, LongError> {
    let (count, _) = postcard::take_from_bytes::<usize>(bytes).map_err(LongError::Malformed)?;
    if count > most {
        return Err(LongError::TooMany(count));
    }
    decode(bytes)
}
