//! How a replica's messages reach its peers: whoever owns the sockets says.

use std::time::Duration;

use bubbles_pipeline::NodeId;
use futures_util::future::BoxFuture;
use thiserror::Error;

use crate::Member;

/// The way to the other replicas.
///
/// A call carries opaque bytes that the peer gives to
/// [`Replica::answer`](crate::Replica::answer), and brings back what that
/// returns. A call may be lost, said twice or overtaken by another.
pub trait Link: Send + Sync + 'static {
    /// Asks a peer, and waits for its answer no longer than the deadline.
    ///
    /// Whoever implements it makes sure that it is this peer that answers: an
    /// address alone may be another node's by now.
    fn call(
        &self,
        peer: NodeId,
        member: Member,
        request: Vec<u8>,
        deadline: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, LinkError>>;
}

/// Why a peer's answer did not come.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// No way to it, or it refused: it is asked again after a growing pause.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The deadline passed: it may have got the request.
    #[error("no answer in time")]
    Timeout,
}
