//! openraft's calls to peers, over the [`Link`].

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bubbles_pipeline::NodeId;
use futures_util::future::{Either, select};
use openraft::errors::{
    NetworkError, RPCError, ReplicationClosed, StreamingError, Timeout, Unreachable,
};
use openraft::network::{RPCOption, RPCTypes, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};

use super::config::PIECE_BYTES;
use super::link::{Link, LinkError};
use super::member::Member;
use super::message::{Piece, Reply, Request, decode, encode};
use super::raft::{Snapshot, SnapshotBytes, Types, Vote};

/// Entries have to be fsynced before they are answered, by a disk that may be
/// busy: longer than the heartbeat, which is what openraft proposes.
const APPEND_WITHIN: Duration = Duration::from_secs(2);

/// A piece of a snapshot; the last one is answered when the whole is stored.
const PIECE_WITHIN: Duration = Duration::from_secs(5);
const INSTALL_WITHIN: Duration = Duration::from_secs(60);

/// How often a peer may ask for another place of a snapshot than is sent next.
const RESTARTS_MAX: u32 = 3;

type Refused = RPCError<Types>;

/// Makes a [`Peer`] for each.
pub(crate) struct Peers {
    pub(crate) id: u64,
    pub(crate) link: Arc<dyn Link>,
}

impl RaftNetworkFactory<Types> for Peers {
    type Network = Peer;

    async fn new_client(&mut self, target: u64, node: &Member) -> Peer {
        Peer {
            id: self.id,
            target,
            member: node.clone(),
            link: Arc::clone(&self.link),
        }
    }
}

/// One of the others.
pub(crate) struct Peer {
    id: u64,
    target: u64,
    member: Member,
    link: Arc<dyn Link>,
}

impl Peer {
    async fn call(
        &self,
        action: RPCTypes,
        request: &Request,
        deadline: Duration,
    ) -> Result<Reply, Refused> {
        let request = encode(request).map_err(|error| NetworkError::new(&error))?;
        let member = self.member.clone();
        match self
            .link
            .call(NodeId(self.target), member, request, deadline)
            .await
        {
            Ok(reply) => Ok(decode(&reply).map_err(|error| NetworkError::new(&error))?),
            Err(error @ LinkError::Unreachable(_)) => Err(Unreachable::new(&error).into()),
            Err(LinkError::Timeout) => {
                let (id, target) = (self.id, self.target);
                Err(Timeout {
                    action,
                    id,
                    target,
                    timeout: deadline,
                }
                .into())
            }
        }
    }

    async fn ask_vote(
        &self,
        request: Request,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, Refused> {
        match self
            .call(RPCTypes::Vote, &request, option.soft_ttl())
            .await?
        {
            Reply::Vote(response) => Ok(response),
            _ => Err(beside_the_point()),
        }
    }

    /// Sends pieces until the peer says that it has all, from where it says it lacks.
    async fn send(
        &self,
        vote: Vote,
        snapshot: Snapshot,
    ) -> Result<SnapshotResponse<Types>, Refused> {
        let whole = &snapshot.snapshot;
        let digest = *blake3::hash(whole).as_bytes();
        let (mut offset, mut restarts) = (0, 0);
        loop {
            let end = whole.len().min(offset + PIECE_BYTES);
            let piece = Piece {
                vote,
                meta: snapshot.meta.clone(),
                digest,
                total: wire(whole.len()),
                offset: wire(offset),
                bytes: whole[offset..end].to_vec(),
            };
            let deadline = if end == whole.len() {
                INSTALL_WITHIN
            } else {
                PIECE_WITHIN
            };
            let request = Request::Piece(piece);
            match self
                .call(RPCTypes::InstallSnapshot, &request, deadline)
                .await?
            {
                Reply::Installed { vote } => return Ok(SnapshotResponse::new(vote)),
                Reply::Continue { offset: wanted } => {
                    restarts += u32::from(wanted != wire(end));
                    offset = usize::try_from(wanted).unwrap_or(usize::MAX);
                }
                _ => return Err(beside_the_point()),
            }
            if offset >= whole.len() || restarts > RESTARTS_MAX {
                return Err(beside_the_point());
            }
        }
    }
}

fn wire(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn beside_the_point() -> Refused {
    NetworkError::from_string("the peer answered something else than was asked").into()
}

impl RaftNetworkV2<Types> for Peer {
    type SnapshotData = SnapshotBytes;

    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, Refused> {
        let is_heartbeat = rpc.entries.is_empty();
        let deadline = if is_heartbeat {
            option.soft_ttl()
        } else {
            APPEND_WITHIN
        };
        match self
            .call(RPCTypes::AppendEntries, &Request::Append(rpc), deadline)
            .await?
        {
            Reply::Append(response) => Ok(response),
            _ => Err(beside_the_point()),
        }
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, Refused> {
        self.ask_vote(Request::Vote(rpc), option).await
    }

    async fn pre_vote(
        &mut self,
        rpc: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, Refused> {
        self.ask_vote(Request::PreVote(rpc), option).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + Send + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let sending = Box::pin(self.send(vote, snapshot));
        match select(sending, Box::pin(cancel)).await {
            Either::Left((sent, _)) => Ok(sent?),
            Either::Right((closed, _)) => Err(closed.into()),
        }
    }
}
