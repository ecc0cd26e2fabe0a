//! How long a guest ran.
//!
//! A guest pays for what it does, not for what it waits for. The clock runs while the guest runs
//! and stands still while its host works. Reading the processor's own account costs a system call,
//! too dear for every chunk, so the wall clock is read instead, and the account is asked only once
//! the wall clock says that the time is up: a guest that the machine kept waiting goes on.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::limits::Limit;

/// What crossing into the host costs a guest, whatever the host then does. It bounds how often a
/// guest that does nothing else can call: four million times a second.
const CROSSING: Duration = Duration::from_nanos(250);

/// Bytes that a guest may hand over in a nanosecond of its time: about what a copy costs. It
/// bounds what a guest that emits for ever brings into the world before its time is up.
const BYTES_PER_NANOSECOND: u64 = 4;

/// The time of one guest.
pub(crate) struct Clock {
    limit: Duration,
    /// The call that runs, for messages.
    call: &'static str,
    /// Running since, or standing still.
    since: Option<Instant>,
    /// Time run in this call, up to `since`.
    run: Duration,
    /// Charged in this call for what the host did for the guest, and for sleeping.
    charged: Duration,
    /// The processor's account of this thread, and `run`, at the first tick of this call.
    first_tick: Option<(Duration, Duration)>,
    /// Time run in all calls before this one.
    earlier: Duration,
}

impl Clock {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            call: "start-up",
            since: None,
            run: Duration::ZERO,
            charged: Duration::ZERO,
            first_tick: None,
            earlier: Duration::ZERO,
        }
    }

    /// A call begins.
    pub(crate) fn start(&mut self, call: &'static str) {
        self.stop();
        self.call = call;
        self.since = Some(Instant::now());
    }

    /// The call is over.
    pub(crate) fn stop(&mut self) {
        self.pause();
        self.earlier += self.run;
        self.run = Duration::ZERO;
        self.charged = Duration::ZERO;
        self.first_tick = None;
    }

    /// The host works: the guest waits.
    pub(crate) fn pause(&mut self) {
        if let Some(since) = self.since.take() {
            self.run += since.elapsed();
        }
    }

    /// The guest goes on.
    pub(crate) fn resume(&mut self) {
        self.since = Some(Instant::now());
    }

    /// Charges a call into the host that carries `bytes`.
    pub(crate) fn charge_crossing(&mut self, bytes: usize) {
        self.charge(CROSSING + Duration::from_nanos(bytes as u64 / BYTES_PER_NANOSECOND));
    }

    /// Charges time that did not pass on this clock.
    pub(crate) fn charge(&mut self, time: Duration) {
        self.charged += time;
    }

    /// Time run in all calls.
    pub(crate) fn total(&self) -> Duration {
        self.earlier + self.run_so_far()
    }

    /// What is left of this call's time.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.run_so_far() + self.charged)
    }

    /// Looks, at a tick, whether the call's time is up.
    pub(crate) fn check(&mut self) -> Result<(), Limit> {
        let run = self.run_so_far();
        if self.first_tick.is_none() {
            self.first_tick = Some((thread_time(), run));
        }
        if run + self.charged < self.limit {
            return Ok(());
        }
        let (account, run_then) = self.first_tick.expect("set above");
        let worked = run_then + thread_time().saturating_sub(account) + self.charged;
        if worked < self.limit {
            Ok(())
        } else {
            Err(self.exceeded())
        }
    }

    /// The limit of the call that runs.
    pub(crate) fn exceeded(&self) -> Limit {
        Limit::Time {
            limit: self.limit,
            call: self.call,
        }
    }

    fn run_so_far(&self) -> Duration {
        self.run + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Time the processor spent on this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec
            .try_into()
            .expect("a thread's time is not negative"),
        time.tv_nsec
            .try_into()
            .expect("nanoseconds are below a billion"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_the_guests_time() {
        let mut clock = Clock::new(Duration::from_millis(5));
        clock.start("process");
        clock.pause();
        std::thread::sleep(Duration::from_millis(10));
        clock.resume();
        assert_eq!(clock.check(), Ok(()));
        assert!(clock.total() < Duration::from_millis(5));
    }

    #[test]
    fn a_thread_that_was_not_scheduled_is_not_blamed() {
        let mut clock = Clock::new(Duration::from_millis(5));
        clock.start("process");
        assert_eq!(clock.check(), Ok(()));
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(clock.check(), Ok(()), "the thread slept, it did not work");
    }

    #[test]
    fn emitting_for_ever_costs_time() {
        let mut clock = Clock::new(Duration::from_millis(5));
        clock.start("run");
        assert_eq!(clock.check(), Ok(()));
        for _ in 0..20 {
            clock.charge_crossing(1 << 20);
        }
        assert_eq!(
            clock.check(),
            Err(Limit::Time {
                limit: Duration::from_millis(5),
                call: "run"
            })
        );
        clock.start("run");
        assert_eq!(clock.check(), Ok(()), "each call has its own time");
    }
}
