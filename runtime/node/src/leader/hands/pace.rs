//! How fast a node gets through its orders, and so how many it is given ahead.

use std::time::{Duration, Instant};

use crate::leader::clock;

/// Over what time orders are counted.
const WINDOW: Duration = Duration::from_millis(100);

/// Work that is given ahead: it hides the time in which an outcome is agreed and the next order
/// comes, and is little enough to be made up for when the node dies.
const AHEAD_SECONDS: f64 = 0.05;

/// Orders given ahead at most.
const AHEAD_MAX: f64 = 512.0;

/// Orders per second, as of the last window.
#[derive(Debug, Default)]
pub(super) struct Pace {
    since: Option<Instant>,
    count: u32,
    per_second: f64,
}

impl Pace {
    /// An order has been carried out.
    pub(super) fn count(&mut self) {
        let now = clock::now();
        let since = *self.since.get_or_insert(now);
        self.count += 1;
        let elapsed = now.saturating_duration_since(since);
        if elapsed >= WINDOW {
            self.per_second = f64::from(self.count) / elapsed.as_secs_f64();
            (self.since, self.count) = (Some(now), 0);
        }
    }

    /// How many orders the node is given beyond its slots.
    pub(super) fn ahead(&self) -> u32 {
        (self.per_second * AHEAD_SECONDS).min(AHEAD_MAX) as u32
    }
}
