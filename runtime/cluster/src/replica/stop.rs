//! Why a replica takes part no longer.

use std::io;
use std::sync::{Arc, OnceLock};

use openraft::errors::Fatal;
use thiserror::Error;

use super::raft::Types;
use super::record::{RecordError, UnknownVersion};

/// Why a replica stopped. It does not start again by itself; other nodes go on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StopCause {
    /// It was shut down or dropped.
    #[error("it was shut down")]
    ShutDown,
    /// The log says what this program does not know.
    #[error(transparent)]
    UnknownVersion(#[from] UnknownVersion),
    /// A record or snapshot cannot be read, though its version is known.
    #[error("the log cannot be read: {0}")]
    Unreadable(String),
    /// The store failed to read or write.
    #[error("the log cannot be stored: {message}")]
    Disk {
        /// [`io::ErrorKind::StorageFull`] where there is no space.
        kind: io::ErrorKind,
        /// As the system put it.
        message: String,
    },
    /// A defect.
    #[error("a defect of the runtime: {0}")]
    Defect(String),
}

impl From<RecordError> for StopCause {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Version(version) => Self::UnknownVersion(version),
            RecordError::Malformed(_) => Self::Unreadable(error.to_string()),
        }
    }
}

impl From<&io::Error> for StopCause {
    fn from(error: &io::Error) -> Self {
        Self::Disk {
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

/// The first cause, kept typed: openraft carries only an `io::Error` from where
/// it is noticed to where it is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halt(Arc<OnceLock<StopCause>>);

impl Halt {
    /// Notes the cause, unless there is one, and gives the error that stops openraft.
    pub(crate) fn stop(&self, cause: impl Into<StopCause>) -> io::Error {
        let cause = cause.into();
        let error = io::Error::other(cause.to_string());
        if self.0.set(cause.clone()).is_ok() && cause != StopCause::ShutDown {
            tracing::error!(%cause, "the replica stops");
        }
        error
    }

    pub(crate) fn cause(&self) -> Option<StopCause> {
        self.0.get().cloned()
    }

    /// What a fatal error of openraft means.
    pub(crate) fn because(&self, fatal: &Fatal<Types>) -> StopCause {
        self.cause().unwrap_or_else(|| match fatal {
            Fatal::Stopped => StopCause::ShutDown,
            Fatal::Panicked => StopCause::Defect("the consensus panicked".to_owned()),
            Fatal::StorageError(error) => StopCause::Defect(error.to_string()),
        })
    }
}
