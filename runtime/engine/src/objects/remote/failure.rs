//! What goes wrong with a store, in the words of the contract.

use object_store::Error;

use crate::contract::ObjectError;

/// Whether there is no such object or upload.
pub(super) fn absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. })
}

/// `doing` (such as "read") `url` failed.
pub(super) fn failed(doing: &str, url: &str, error: &Error) -> ObjectError {
    match error {
        Error::NotFound { .. } => ObjectError::NotFound(format!("no such object: `{url}`")),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => ObjectError::Denied(
            format!("cannot {doing} `{url}`: the store refuses the credentials of this node"),
        ),
        Error::Precondition { .. } => {
            ObjectError::Other(format!("cannot {doing} `{url}`: it changed meanwhile"))
        }
        error => {
            let reason = innermost(error);
            let message = format!("cannot {doing} `{url}`: {reason}");
            if is_transient(&reason, error) {
                ObjectError::Transient(message)
            } else {
                ObjectError::Other(message)
            }
        }
    }
}

/// The cause that says most: what wraps it repeats the request.
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    crate::log::harmless(&cause.to_string())
}

/// Whether it may work later. The library tells statuses and lost connections apart in words only.
fn is_transient(reason: &str, error: &Error) -> bool {
    const STATUSES: [&str; 6] = [
        "408 Request Timeout",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ];
    const CONNECTION: [&str; 6] = [
        "error sending request",
        "timed out",
        "timeout",
        "connection",
        "Connection",
        "dns error",
    ];
    let all = error.to_string();
    // A redirect that was not followed also ends as "error sending request".
    !all.contains("redirect")
        && !reason.contains("redirect")
        && (STATUSES.iter().any(|status| all.contains(status))
            || CONNECTION
                .iter()
                .any(|words| all.contains(words) || reason.contains(words)))
}
