//! Puts single bad records aside.

use crate::host;

/// Puts one record aside with the reason; the rest goes on. Where the pipeline says
/// `on-error = "fail"`, the default, the first one fails the job with this reason.
pub fn reject(record: &[u8], reason: &str) {
    host::reject(record, reason);
}
