//! The thread that writes: whatever waits goes into one transaction and one fsync.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use redb::{Database, Durability};
use tokio::sync::{mpsc, oneshot};

use super::load::{self, Loaded};
use super::write::{Done, Write, failed, perform, put_committed, tell};
use crate::replica::open::OpenError;
use crate::replica::stop::{Halt, StopCause};

/// Writes that may wait: a follower that is told faster than its disk can take
/// is held back here.
const WAITING_MAX: usize = 256;

/// Writes of one transaction. Its size is bounded by what may wait.
const BATCH_MAX: usize = 128;

/// The way to the thread.
#[derive(Clone)]
pub(crate) struct Writes {
    queue: mpsc::Sender<Write>,
}

impl Writes {
    pub(super) async fn send(&self, write: Write) -> io::Result<()> {
        self.queue.send(write).await.map_err(|_| closed())
    }

    /// Says a write and waits until it is durable.
    pub(super) async fn finish(&self, write: impl FnOnce(Done) -> Write) -> io::Result<()> {
        let (done, is_done) = oneshot::channel();
        self.send(write(done)).await?;
        is_done.await.map_err(|_| closed())?
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the store is closed")
}

/// Owns the thread. Dropped, it writes nothing more than the transaction in
/// hand, as a killed process would, and waits until the file is closed.
#[must_use]
pub(crate) struct Writer {
    writes: Writes,
    abandoned: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread, which opens and reads the file.
    pub(super) async fn start(
        folder: PathBuf,
        node: u64,
        halt: Halt,
    ) -> Result<(Self, Loaded), OpenError> {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let (opened, is_open) = oneshot::channel();
        let abandoned = Arc::new(AtomicBool::new(false));
        let is_abandoned = Arc::clone(&abandoned);
        let write = move || match load::open(&folder, node) {
            Ok((database, loaded)) => {
                if opened.send(Ok(loaded)).is_ok() {
                    let job = Job {
                        database,
                        waiting,
                        committed: None,
                        broken: None,
                        halt,
                    };
                    job.run(&is_abandoned);
                }
            }
            // Nobody waits any more: there is nobody to tell.
            Err(error) => drop(opened.send(Err(error))),
        };
        let thread = thread::Builder::new()
            .name("replica-store".to_owned())
            .spawn(write)
            .map_err(OpenError::Folder)?;
        let writer = Self {
            writes: Writes { queue },
            abandoned,
            thread: Mutex::new(Some(thread)),
        };
        // redb may panic at a damaged file; then the thread is gone without a word.
        let loaded = is_open
            .await
            .unwrap_or_else(|_| Err(OpenError::corrupt("log.redb")))?;
        Ok((writer, loaded))
    }

    pub(super) fn writes(&self) -> Writes {
        self.writes.clone()
    }

    /// Writes what waits and closes the file.
    pub(crate) async fn close(&self) -> io::Result<()> {
        self.writes.finish(|done| Write::Close { done }).await
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Release);
        let (done, _) = oneshot::channel();
        // Wakes the thread if it sleeps. If the queue is full it is awake, if it is closed, gone.
        drop(self.writes.queue.try_send(Write::Close { done }));
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Err(_)) = thread.map(JoinHandle::join) {
            tracing::error!("the thread that writes the log panicked");
        }
    }
}

struct Job {
    database: Database,
    waiting: mpsc::Receiver<Write>,
    /// Not yet written, because nothing else was.
    committed: Option<Vec<u8>>,
    /// After a failed write nothing is known of the file: none is tried again.
    broken: Option<(io::ErrorKind, String)>,
    halt: Halt,
}

impl Job {
    fn run(mut self, is_abandoned: &AtomicBool) {
        while let Some(first) = self.waiting.blocking_recv() {
            if is_abandoned.load(Ordering::Acquire) {
                return;
            }
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX {
                let Ok(next) = self.waiting.try_recv() else {
                    break;
                };
                batch.push(next);
            }
            let closes = batch
                .iter()
                .position(|write| matches!(write, Write::Close { .. }));
            if let Some(last) = closes {
                batch.truncate(last + 1);
            }
            let result = self.write(&batch);
            if closes.is_some() {
                let Self {
                    database, waiting, ..
                } = self;
                drop((database, waiting));
                return tell(batch, &result);
            }
            tell(batch, &result);
        }
    }

    fn write(&mut self, batch: &[Write]) -> io::Result<()> {
        if let Some((kind, message)) = &self.broken {
            return Err(io::Error::new(*kind, message.clone()));
        }
        let is_lazy = |write: &Write| matches!(write, Write::Committed { .. });
        if let Some(Write::Committed { value }) = batch.iter().rev().find(|write| is_lazy(write)) {
            self.committed = Some(value.clone());
        }
        if batch.iter().all(is_lazy) {
            return Ok(());
        }
        self.commit(batch).inspect_err(|error| {
            self.halt.stop(StopCause::from(error));
            self.broken = Some((error.kind(), error.to_string()));
        })
    }

    fn commit(&mut self, batch: &[Write]) -> io::Result<()> {
        let mut writing = self.database.begin_write().map_err(failed)?;
        writing
            .set_durability(Durability::Immediate)
            .map_err(failed)?;
        for write in batch {
            perform(&writing, write)?;
        }
        if let Some(committed) = &self.committed {
            put_committed(&writing, committed)?;
        }
        writing.commit().map_err(failed)?;
        self.committed = None;
        Ok(())
    }
}
