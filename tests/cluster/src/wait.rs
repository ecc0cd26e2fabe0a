//! Waits for a condition, with a deadline.

use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// It did not come about in time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not within {} s: {what}", limit.as_secs_f32())]
pub struct TimedOut {
    /// What was waited for.
    pub what: String,
    /// How long.
    pub limit: Duration,
}

/// Looks until there is something to see; gives it, and how long it took.
///
/// # Errors
/// If nothing is seen within `limit`; there is one look at least.
pub fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Result<(T, Duration), TimedOut> {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return Ok((seen, start.elapsed()));
        }
        if start.elapsed() > limit {
            let what = what.to_owned();
            return Err(TimedOut { what, limit });
        }
        thread::sleep(LOOK);
    }
}
