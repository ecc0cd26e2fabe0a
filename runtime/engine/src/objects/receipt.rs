//! What is known of staged output once its instance is gone. A receipt goes through the guest's
//! hands, so whoever uses one checks it as if the guest had made it up.

use serde::{Deserialize, Serialize};

use crate::contract::ObjectError;

/// A guest cannot hand the host a larger one.
const MAX_BYTES: usize = 1 << 20;

/// Staged output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Receipt {
    Local(LocalReceipt),
    Remote(RemoteReceipt),
}

/// A file beside the one it is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LocalReceipt {
    /// The URL as the guest wrote it.
    pub(super) url: String,
    /// The path it stood for: `commit` may run where relative paths start elsewhere.
    pub(super) target: String,
    /// Name of the staged file.
    pub(super) staged: String,
    /// Tells the file after it was renamed.
    pub(super) identity: Identity,
}

/// A file under any name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) inode: u64,
    pub(super) size: u64,
    pub(super) modified_nanos: i128,
}

/// An upload that only needs to be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RemoteReceipt {
    /// The object's URL.
    pub(super) url: String,
    /// The store's name for the upload.
    pub(super) upload: String,
    /// The parts, as the store named them.
    pub(super) parts: Vec<String>,
    /// Bytes of all parts.
    pub(super) size: u64,
    /// When it was begun, in seconds of Unix time by this machine's clock.
    pub(super) begun_seconds: i64,
}

impl Receipt {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ObjectError> {
        if bytes.len() > MAX_BYTES {
            return Err(forged());
        }
        postcard::from_bytes(bytes).map_err(|_| forged())
    }

    pub(super) fn write(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a receipt is plain data")
    }

    /// The object's URL as the guest wrote it, for messages and reports.
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Local(local) => &local.url,
            Self::Remote(remote) => &remote.url,
        }
    }

    /// The object's place, whatever relative paths start from.
    pub(super) fn target(&self) -> &str {
        match self {
            Self::Local(local) => &local.target,
            Self::Remote(remote) => &remote.url,
        }
    }
}

/// Not a receipt of this runtime.
pub(super) fn forged() -> ObjectError {
    ObjectError::Other("this is not a receipt of `staged.finish`".to_owned())
}
