//! What peers ask, answered.

use std::sync::Arc;

use openraft::errors::{Fatal, RaftError};
use openraft::raft::AppendEntriesRequest;
use openraft::{LogIdOptionExt, entry::RaftEntry};
use thiserror::Error;
use tokio::sync::Mutex;

use super::config::{PIECE_BYTES, SNAPSHOT_BYTES_MAX};
use super::message::{MessageError, Piece, Reply, Request, decode, encode};
use super::raft::{Raft, Snapshot, SnapshotMeta, Types, Vote};
use super::stop::{Halt, StopCause};

/// Why a peer's request is not answered.
#[derive(Debug, Error)]
pub enum AnswerError {
    /// It is longer than any replica says.
    #[error("the request is too long: {bytes} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is not what a replica says: the peer is broken or speaks another version.
    #[error("not a request: {0}")]
    Malformed(String),
    /// This replica takes part no longer.
    #[error("this replica has stopped: {0}")]
    Stopped(#[from] StopCause),
}

impl From<MessageError> for AnswerError {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::TooLong { bytes } => Self::TooLong { bytes },
            MessageError::Malformed(error) => Self::Malformed(error.to_string()),
        }
    }
}

/// Answers for one replica.
pub(crate) struct Answerer {
    raft: Raft,
    halt: Halt,
    /// The snapshot that is coming in: one at a time, the newest request's.
    incoming: Mutex<Option<Incoming>>,
}

struct Incoming {
    digest: [u8; 32],
    meta: SnapshotMeta,
    bytes: Vec<u8>,
}

impl Answerer {
    pub(crate) fn new(raft: Raft, halt: Halt) -> Self {
        Self {
            raft,
            halt,
            incoming: Mutex::new(None),
        }
    }

    pub(crate) async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, AnswerError> {
        let reply = match decode(request)? {
            Request::Append(rpc) => {
                check_append(&rpc)?;
                Reply::Append(self.or_stopped(self.raft.append_entries(rpc).await)?)
            }
            Request::Vote(rpc) => Reply::Vote(self.or_stopped(self.raft.vote(rpc).await)?),
            Request::PreVote(rpc) => Reply::Vote(self.or_stopped(self.raft.pre_vote(rpc).await)?),
            Request::Piece(piece) => self.take(piece).await?,
        };
        Ok(encode(&reply)?)
    }

    fn or_stopped<T>(&self, result: Result<T, RaftError<Types>>) -> Result<T, AnswerError> {
        result.map_err(|error| self.stopped(&error.unwrap_fatal()))
    }

    fn stopped(&self, fatal: &Fatal<Types>) -> AnswerError {
        self.halt.because(fatal).into()
    }

    /// Adds a piece; installs the snapshot once it is whole.
    async fn take(&self, piece: Piece) -> Result<Reply, AnswerError> {
        check_piece(&piece)?;
        let mut incoming = self.incoming.lock().await;
        let mut coming = match incoming.take() {
            Some(coming) if coming.digest == piece.digest && coming.meta == piece.meta => coming,
            _ => Incoming {
                digest: piece.digest,
                meta: piece.meta,
                bytes: Vec::new(),
            },
        };
        if length(&coming.bytes) == piece.offset {
            coming.bytes.extend_from_slice(&piece.bytes);
        }
        let offset = length(&coming.bytes);
        if offset < piece.total {
            *incoming = Some(coming);
            return Ok(Reply::Continue { offset });
        }
        drop(incoming);
        let is_whole = offset == piece.total && blake3::hash(&coming.bytes) == coming.digest;
        if !is_whole {
            return Ok(Reply::Continue { offset: 0 });
        }
        let snapshot = Snapshot {
            meta: coming.meta,
            snapshot: Arc::new(coming.bytes),
        };
        let installed = self.raft.install_full_snapshot(piece.vote, snapshot).await;
        let vote = installed.map_err(|fatal| self.stopped(&fatal))?.vote;
        Ok(Reply::Installed { vote })
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// openraft takes a leader at its word; this one has to be whole.
fn check_append(rpc: &AppendEntriesRequest<Types>) -> Result<(), AnswerError> {
    let mut last = rpc.prev_log_id;
    for entry in &rpc.entries {
        let id = entry.log_id();
        if id.index != last.next_index() || last > Some(id) {
            return Err(AnswerError::Malformed(
                "entries do not follow each other".to_owned(),
            ));
        }
        last = Some(id);
    }
    check_led(&rpc.vote, last.map(|id| id.committed_leader_id().term))
}

fn check_piece(piece: &Piece) -> Result<(), AnswerError> {
    let end = piece.offset.checked_add(length(&piece.bytes));
    let fits = piece.bytes.len() <= PIECE_BYTES
        && piece.total <= SNAPSHOT_BYTES_MAX
        && end.is_some_and(|end| end <= piece.total);
    if !fits {
        return Err(AnswerError::Malformed(
            "a piece beside its snapshot".to_owned(),
        ));
    }
    check_led(
        &piece.vote,
        piece
            .meta
            .last_log_id
            .map(|id| id.committed_leader_id().term),
    )
}

/// A leader has no entry of a later term than its own, and says that it leads.
fn check_led(vote: &Vote, last: Option<u64>) -> Result<(), AnswerError> {
    let term = vote.leader_id.term;
    if vote.committed && last.is_none_or(|last| last <= term) {
        Ok(())
    } else {
        Err(AnswerError::Malformed(
            "a leader that cannot be one".to_owned(),
        ))
    }
}
