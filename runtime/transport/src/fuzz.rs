//! What `tests/fuzz` reaches of this crate, and nobody else.

use crate::frame::{self, Assembly};
use crate::token;
use crate::{EncodeError, Frame, FrameError};

/// The value of a frame's body.
pub fn decode<T: Frame>(body: &[u8]) -> Result<T, FrameError> {
    frame::decode(body)
}

/// The bytes of a frame, header and all.
pub fn encode<T: Frame>(value: &T) -> Result<Vec<u8>, EncodeError> {
    frame::encode(value)
}

/// What comes of the first frame of a stream that arrives in pieces of at most `step` bytes: none
/// if it does not end. And how many bytes of the stream it took.
pub fn first<T: Frame>(stream: &[u8], step: usize) -> (Result<Option<T>, FrameError>, usize) {
    let mut assembly = Assembly::default();
    let mut rest = stream;
    loop {
        let taken = stream.len() - rest.len();
        if let Some(body) = assembly.take() {
            return (decode(&body).map(Some), taken);
        }
        let (piece, behind) = rest.split_at(assembly.wanted().min(step).min(rest.len()));
        if piece.is_empty() {
            return (Ok(None), taken);
        }
        if let Err(error) = assembly.push(piece, T::KIND, T::LIMIT) {
            return (Err(error), taken);
        }
        rest = behind;
    }
}

/// The text of a token with this body, right or wrong.
pub fn token(body: &[u8]) -> String {
    token::text::write(body)
}
