//! The types that openraft is filled with.

use std::fmt;
use std::sync::Arc;

use openraft::type_config::alias;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::machine::Answers;
use super::member::Member;

openraft::declare_raft_types!(
    /// One leader in a term, as in the paper: so a term can fence what a leader assigned.
    pub(crate) Types:
        D = Payload,
        R = Response,
        NodeId = u64,
        Node = Member,
        LeaderId = openraft::impls::leader_id_std::LeaderId<Self::Term, Self::NodeId>,
        AsyncRuntime = openraft_rt_tokio::TokioRuntime,
);

pub(crate) type Entry = alias::EntryOf<Types>;
pub(crate) type LogId = alias::LogIdOf<Types>;
pub(crate) type Membership = alias::StoredMembershipOf<Types>;
pub(crate) type Raft = openraft::Raft<Types, super::apply::Applier>;
pub(crate) type Snapshot = alias::SnapshotOf<Types, SnapshotBytes>;
pub(crate) type SnapshotMeta = alias::SnapshotMetaOf<Types>;
pub(crate) type Vote = alias::VoteOf<Types>;

/// A whole snapshot, encoded. Shared: it is stored and sent to several at once.
pub(crate) type SnapshotBytes = Arc<Vec<u8>>;

/// An encoded [`Record`](super::Record): unread until it is applied, so that a
/// node stores and passes on what it does not understand. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) Arc<[u8]>);

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a record of {} bytes", self.0.len())
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Payload;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Payload, E> {
                Ok(Payload(bytes.into()))
            }
        }
        from.deserialize_bytes(Bytes)
    }
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Response {
    /// Of one that changes members or only begins a term.
    Nothing,
    Answers(Answers),
    Outdated,
}
