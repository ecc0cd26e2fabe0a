//! The clock that interrupts guests.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

/// How often running guests are looked at. A guest is over its time by two of these at most.
const TICK: Duration = Duration::from_millis(10);

/// A thread that ticks while there are guests, until it is dropped.
#[must_use = "dropping the ticker stops it"]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    guests: AtomicUsize,
    stopped: AtomicBool,
}

/// A guest that may have to be interrupted, until this is dropped.
pub(crate) struct Watched(Arc<Shared>);

impl Ticker {
    pub(crate) fn start(engine: wasmtime::Engine) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let tick = move || {
            while !seen.stopped.load(Ordering::SeqCst) {
                // Whoever unparks has counted its guest before, or wants the end.
                if seen.guests.load(Ordering::SeqCst) == 0 {
                    thread::park();
                    continue;
                }
                thread::sleep(TICK);
                engine.increment_epoch();
            }
        };
        let thread = thread::Builder::new()
            .name("bubbles-ticker".to_owned())
            .spawn(tick)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Ticks for one guest more.
    pub(crate) fn watch(&self) -> Watched {
        if self.shared.guests.fetch_add(1, Ordering::SeqCst) == 0
            && let Some(thread) = self.thread()
        {
            thread.unpark();
        }
        Watched(Arc::clone(&self.shared))
    }

    fn thread(&self) -> Option<&Thread> {
        self.thread.as_ref().map(JoinHandle::thread)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.guests.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the thread that interrupts guests panicked");
            }
        }
    }
}
