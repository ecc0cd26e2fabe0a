//! The leader's clock: the machine's, or the one that a simulation sets.
//!
//! Tokio's paused clock would do as well, but needs its feature `test-util`: all that depends on
//! tokio, `wasmtime-wasi` first, would be compiled once more for the tests.

use std::time::Instant;

/// What time it is. Only differences mean anything.
pub(super) fn now() -> Instant {
    #[cfg(test)]
    if let Some(now) = simulated::now() {
        return now;
    }
    Instant::now()
}

#[cfg(test)]
pub(crate) mod simulated {
    use std::cell::Cell;
    use std::time::Instant;

    thread_local! {
        static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
    }

    pub(super) fn now() -> Option<Instant> {
        NOW.get()
    }

    /// On this thread it is so late from now on; none: as late as the machine says.
    pub(crate) fn set(now: Option<Instant>) {
        NOW.set(now);
    }
}
