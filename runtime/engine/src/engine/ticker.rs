//! The clock that interrupts guests.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often running guests are looked at. A guest is over its time by two of these at most.
const TICK: Duration = Duration::from_millis(10);

/// A thread that ticks until it is dropped.
#[must_use = "dropping the ticker stops it"]
pub(crate) struct Ticker {
    /// Dropped first: the thread sees it and ends.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: wasmtime::Engine) -> io::Result<Self> {
        let (alive, stopped) = channel();
        let tick = move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        };
        let thread = std::thread::Builder::new()
            .name("bubbles-ticker".to_owned())
            .spawn(tick)?;
        Ok(Self {
            alive: Some(alive),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that interrupts guests panicked");
        }
    }
}
