//! What the time is, as the transport's clock says: passed in, for simulations.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bubbles_transport::Seams;
use bubbles_transport::seams::TimeProvider;

/// The wall clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn TimeProvider>);

impl Clock {
    pub(super) fn of(seams: &Seams) -> Self {
        Self(Arc::clone(&seams.clock))
    }

    pub(super) fn now(&self) -> SystemTime {
        let seconds = self.0.current_time().map_or(0, |time| time.as_secs());
        UNIX_EPOCH + Duration::from_secs(seconds)
    }
}
