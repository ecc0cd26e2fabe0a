//! A message on a stream: a kind (1 byte), a length (4 bytes, little endian),
//! and so many bytes of postcard. Pure: bytes go in, frames come out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::limits::FRAME_STEP_BYTES;

pub(crate) const HEADER_BYTES: usize = 5;

/// A type that travels as a frame.
///
/// Postcard makes a value of what arrives, so its type has to bear a peer that
/// means harm: no recursion (a deep value would overflow the stack), no list of
/// things that take no bytes (one of 2⁶⁴ would never end), no large fixed-size
/// optional things in a list (one byte would come to thousands).
pub trait Frame: Serialize + DeserializeOwned {
    /// Says which type follows. Unique among those that can come at the same place of a conversation.
    const KIND: u8;
    /// The most bytes of postcard, at most [`MAX_FRAME_BYTES`](crate::MAX_FRAME_BYTES):
    /// checked by who sends, and by who receives before anything is allocated.
    const LIMIT: usize;
}

/// What no peer of this version sends: whoever does is broken, or means harm.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Another kind than can come here.
    #[error("a frame of the kind {found} where {expected} belongs")]
    Kind {
        /// What can come here.
        expected: u8,
        /// What came.
        found: u8,
    },
    /// More than the kind may have.
    #[error("a frame of {length} bytes where {limit} are the most")]
    TooLong {
        /// Claimed.
        length: usize,
        /// The kind's.
        limit: usize,
    },
    /// The stream was ended properly, in the middle of a frame.
    #[error("the stream ended within a frame")]
    Truncated,
    /// The bytes are no value of the type.
    #[error("a frame that cannot be read: {0}")]
    Malformed(postcard::Error),
    /// There are bytes behind the value.
    #[error("a frame with {bytes} bytes too many")]
    Trailing {
        /// So many.
        bytes: usize,
    },
}

/// Why a value does not become a frame: the fault is on this side.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The value has more bytes than its kind may have.
    #[error("a frame of {length} bytes; of the kind {kind}, {limit} are the most")]
    TooLong {
        /// The kind.
        kind: u8,
        /// Of the value.
        length: usize,
        /// The kind's.
        limit: usize,
    },
    /// The type has something that postcard cannot write.
    #[error("a value that cannot be written: {0}")]
    Unwritable(postcard::Error),
}

/// The bytes of a frame, header and all.
pub(crate) fn encode<T: Frame>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let header = vec![T::KIND, 0, 0, 0, 0];
    let mut bytes = postcard::to_extend(value, header).map_err(EncodeError::Unwritable)?;
    let length = bytes.len() - HEADER_BYTES;
    match u32::try_from(length) {
        Ok(claimed) if length <= T::LIMIT => {
            bytes[1..HEADER_BYTES].copy_from_slice(&claimed.to_le_bytes());
            Ok(bytes)
        }
        _ => Err(EncodeError::TooLong {
            kind: T::KIND,
            length,
            limit: T::LIMIT,
        }),
    }
}

/// The value of a frame's body: all of it, and nothing behind it.
pub(crate) fn decode<T: Frame>(body: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(FrameError::Trailing { bytes: rest.len() }),
        Err(error) => Err(FrameError::Malformed(error)),
    }
}

/// A frame that arrives in pieces. It outlives the call that waits for it, so
/// that giving up waiting loses nothing.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    header: [u8; HEADER_BYTES],
    /// Of the header.
    filled: usize,
    /// Of the body, once the header is there.
    length: usize,
    body: Vec<u8>,
}

impl Assembly {
    /// Whether a part of a frame is in.
    pub(crate) fn has_begun(&self) -> bool {
        self.filled > 0
    }

    /// What the body will have, once its header is in and good.
    pub(crate) fn length(&self) -> Option<usize> {
        (self.filled == HEADER_BYTES).then_some(self.length)
    }

    /// The most bytes to hand to [`Assembly::push`]: never one of what follows the frame.
    pub(crate) fn wanted(&self) -> usize {
        match self.length() {
            None => HEADER_BYTES - self.filled,
            Some(length) => (length - self.body.len()).min(FRAME_STEP_BYTES),
        }
    }

    /// Takes what arrived. `kind` and `limit` are those of what can come here.
    pub(crate) fn push(&mut self, bytes: &[u8], kind: u8, limit: usize) -> Result<(), FrameError> {
        debug_assert!(bytes.len() <= self.wanted(), "no more than was asked for");
        if self.length().is_some() {
            self.body.extend_from_slice(bytes);
            return Ok(());
        }
        self.header[self.filled..self.filled + bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
        let [found, length @ ..] = self.header;
        if self.filled > 0 && found != kind {
            return Err(FrameError::Kind {
                expected: kind,
                found,
            });
        }
        if self.filled == HEADER_BYTES {
            self.length = u32::from_le_bytes(length) as usize;
            if self.length > limit {
                return Err(FrameError::TooLong {
                    length: self.length,
                    limit,
                });
            }
            self.body.reserve_exact(self.length.min(FRAME_STEP_BYTES));
        }
        Ok(())
    }

    /// The body, when all of it is in; then the next frame can begin.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        if self.length()? > self.body.len() {
            return None;
        }
        Some(std::mem::take(self).body)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sample {
        number: u64,
        text: String,
        list: Vec<(u8, Option<i32>)>,
    }

    impl Frame for Sample {
        const KIND: u8 = 7;
        const LIMIT: usize = 4096;
    }

    /// Feeds `bytes` in pieces of `step` as a stream would, and says what became of the rest.
    fn feed(mut bytes: &[u8], step: usize) -> Result<(Option<Sample>, &[u8]), FrameError> {
        let mut assembly = Assembly::default();
        loop {
            if let Some(body) = assembly.take() {
                return Ok((Some(decode(&body)?), bytes));
            }
            let piece = assembly.wanted().min(step).min(bytes.len());
            if piece == 0 {
                return Ok((None, bytes));
            }
            assembly.push(&bytes[..piece], Sample::KIND, Sample::LIMIT)?;
            bytes = &bytes[piece..];
        }
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let list = prop::collection::vec(any::<(u8, Option<i32>)>(), 0..40);
        (any::<u64>(), ".{0,80}", list).prop_map(|(number, text, list)| Sample {
            number,
            text,
            list,
        })
    }

    proptest! {
        #[test]
        fn comes_out_as_it_went_in(value in sample(), step in 1_usize..50, behind: Vec<u8>) {
            let mut bytes = encode(&value).unwrap();
            bytes.extend_from_slice(&behind);
            let (read, rest) = feed(&bytes, step).unwrap();
            prop_assert_eq!(read, Some(value));
            prop_assert_eq!(rest, &behind[..]);
        }

        #[test]
        fn a_part_is_not_a_frame(value in sample(), step in 1_usize..50, keep: prop::sample::Index) {
            let bytes = encode(&value).unwrap();
            let part = &bytes[..keep.index(bytes.len())];
            prop_assert_eq!(feed(part, step), Ok((None, &[][..])));
        }

        #[test]
        fn nothing_makes_it_panic(mut bytes: Vec<u8>, known: bool, length in 0_u32..64) {
            if known && bytes.len() >= HEADER_BYTES {
                bytes[0] = Sample::KIND;
                bytes[1..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
            }
            feed(&bytes, 3).ok();
        }
    }

    #[test]
    fn a_bad_frame_is_told_for_what_it_is() {
        let value = Sample {
            number: 1,
            text: "a".to_owned(),
            list: Vec::new(),
        };
        let good = encode(&value).unwrap();
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            feed(&bytes, 64).map(drop).unwrap_err()
        };
        let (expected, found) = (Sample::KIND, 8);
        assert_eq!(with(0, 8), FrameError::Kind { expected, found });
        let (length, limit) = (0xff00_0004, Sample::LIMIT);
        assert_eq!(with(4, 0xff), FrameError::TooLong { length, limit });
        // Four bytes: the number, the text's length, the text, the list's length.
        assert!(matches!(with(6, 9), FrameError::Malformed(_)));
        let mut longer = good.clone();
        longer[1] += 2;
        longer.extend([0, 0]);
        assert_eq!(feed(&longer, 64), Err(FrameError::Trailing { bytes: 2 }));
    }

    #[test]
    fn a_claimed_length_allocates_little() {
        let mut assembly = Assembly::default();
        let length = 4_000_000_000_u32.to_le_bytes();
        let [a, b, c, d] = length;
        let taken = assembly.push(&[1, a, b, c, d], 1, usize::MAX);
        assert_eq!(taken, Ok(()));
        assert!(assembly.body.capacity() <= FRAME_STEP_BYTES);
        assert_eq!(assembly.wanted(), FRAME_STEP_BYTES);
    }

    #[test]
    fn too_much_is_not_sent() {
        let value = Sample {
            number: 0,
            text: "x".repeat(Sample::LIMIT),
            list: Vec::new(),
        };
        assert!(matches!(encode(&value), Err(EncodeError::TooLong { .. })));
    }
}
