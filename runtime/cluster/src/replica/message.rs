//! What replicas say to each other: postcard, each way bounded.

use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, VoteRequest, VoteResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::MESSAGE_BYTES_MAX;
use super::raft::{SnapshotMeta, Types, Vote};

/// Variants are told by their place: new ones go to the end.
#[derive(Serialize, Deserialize)]
pub(crate) enum Request {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<Types>),
    PreVote(VoteRequest<Types>),
    Piece(Piece),
}

/// A part of a snapshot. The last one makes the receiver install it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Piece {
    /// The leader's.
    pub(crate) vote: Vote,
    pub(crate) meta: SnapshotMeta,
    /// BLAKE3 of the whole: tells one transfer from another, and that it came whole.
    pub(crate) digest: [u8; 32],
    /// Bytes of the whole.
    pub(crate) total: u64,
    /// Where these begin.
    pub(crate) offset: u64,
    #[serde(with = "bytes")]
    pub(crate) bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Reply {
    Append(AppendEntriesResponse<Types>),
    Vote(VoteResponse<Types>),
    /// More is wanted, from here on.
    Continue {
        offset: u64,
    },
    /// The snapshot is installed, or another leader is followed.
    Installed {
        vote: Vote,
    },
}

/// A message that is none, or too long.
#[derive(Debug, Error)]
pub(crate) enum MessageError {
    #[error("{bytes} bytes, of at most {MESSAGE_BYTES_MAX}")]
    TooLong { bytes: usize },
    #[error(transparent)]
    Malformed(#[from] postcard::Error),
}

pub(crate) fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, MessageError> {
    let bytes = postcard::to_stdvec(message)?;
    check(&bytes)?;
    Ok(bytes)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MessageError> {
    check(bytes)?;
    match postcard::take_from_bytes(bytes)? {
        (message, []) => Ok(message),
        _ => Err(postcard::Error::DeserializeBadEncoding.into()),
    }
}

fn check(bytes: &[u8]) -> Result<(), MessageError> {
    let bytes = bytes.len();
    if bytes > MESSAGE_BYTES_MAX {
        Err(MessageError::TooLong { bytes })
    } else {
        Ok(())
    }
}

/// In one go, not byte by byte.
mod bytes {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        from.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use openraft::vote::RaftVote;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_append_goes_there_and_back_and_no_part_of_it_is_one() {
        let leader_id = openraft::vote::leader_id_std::LeaderId {
            term: 3,
            voted_for: 1,
        };
        let vote = Vote::from_leader_id(leader_id, true);
        let append = AppendEntriesRequest {
            vote,
            prev_log_id: None,
            entries: Vec::new(),
            leader_commit: None,
        };
        let bytes = encode(&Request::Append(append)).unwrap();
        assert!(matches!(decode(&bytes), Ok(Request::Append(append)) if append.vote == vote));
        for cut in 0..bytes.len() {
            assert!(decode::<Request>(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn too_long_is_refused_unread() {
        let bytes = vec![0; MESSAGE_BYTES_MAX + 1];
        assert!(matches!(
            decode::<Request>(&bytes),
            Err(MessageError::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(decode::<Request>(&bytes));
            drop(decode::<Reply>(&bytes));
        }
    }
}
