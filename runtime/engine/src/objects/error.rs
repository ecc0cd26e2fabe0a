//! What goes wrong with storage, in the words of the contract.

use std::io;

use crate::contract::ObjectError;
use crate::grants::GrantError;

/// `doing` (such as "read") `url` failed.
pub(crate) fn failed(doing: &str, url: &str, error: &io::Error) -> ObjectError {
    match error.kind() {
        io::ErrorKind::NotFound => ObjectError::NotFound(format!("no such object: `{url}`")),
        // The sandbox's own refusal, not the system's, comes without a code.
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            ObjectError::Denied(format!("`{url}` leads out of what is granted"))
        }
        io::ErrorKind::Interrupted | io::ErrorKind::TimedOut | io::ErrorKind::ResourceBusy => {
            ObjectError::Transient(format!("cannot {doing} `{url}`: {error}"))
        }
        _ => ObjectError::Other(format!("cannot {doing} `{url}`: {error}")),
    }
}

/// `url` is none.
pub(super) fn unusable(url: &str, error: &GrantError) -> ObjectError {
    match error {
        GrantError::Location { reason, .. } => ObjectError::Other(format!(
            "`{url}` is not a path or URL of an object: {reason}"
        )),
        GrantError::HostPort { .. } => ObjectError::Other(error.to_string()),
    }
}
