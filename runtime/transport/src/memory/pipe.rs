//! One direction of a stream in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Halves, Outcome};
use crate::closed::Refusal;
use crate::stream::PipeError;

/// A piece is at most as long, so that a reader sees the first bytes before there is room for the last.
const PIECE_BYTES: usize = 16 << 10;

const OPEN: u8 = 0;
const FINISHED: u8 = 1;
const RESET: u8 = 2;
/// Reset, as there was no room for what came the other way.
const REFUSED: u8 = 3;

/// A new pipe that holds as many bytes, each half with how its own side will see the connection end.
pub(super) fn pipe(window_bytes: usize, writing: &Outcome, reading: &Outcome) -> (Writer, Reader) {
    // A piece has a byte at least: whoever has room for its bytes finds a place for it.
    let (sender, receiver) = mpsc::channel(window_bytes);
    let room = Arc::new(Semaphore::new(window_bytes));
    let state = Arc::new(AtomicU8::new(OPEN));
    let is_refused = Arc::new(AtomicBool::new(false));
    let writer = Writer {
        pieces: Some(sender),
        room: room.clone(),
        state: state.clone(),
        is_refused: is_refused.clone(),
        announcement: None,
        outcome: writing.clone(),
        _credit: None,
    };
    let reader = Reader {
        pieces: receiver,
        room,
        head: Bytes::new(),
        state,
        is_refused,
        outcome: reading.clone(),
        _credit: None,
    };
    (writer, reader)
}

#[derive(Debug)]
pub(crate) struct Writer {
    /// Until it has ended.
    pieces: Option<mpsc::Sender<Bytes>>,
    /// Bytes that may still be written before some are read.
    room: Arc<Semaphore>,
    state: Arc<AtomicU8>,
    /// The reader had no room for what was sent.
    is_refused: Arc<AtomicBool>,
    announcement: Option<Announcement>,
    outcome: Outcome,
    _credit: Option<Arc<OwnedSemaphorePermit>>,
}

/// The halves for the other side, until there is something for it to see.
#[derive(Debug)]
struct Announcement {
    to: mpsc::Sender<Halves>,
    halves: Box<Halves>,
}

impl Writer {
    pub(super) fn announce(&mut self, to: mpsc::Sender<Halves>, halves: Halves) {
        let halves = Box::new(halves);
        self.announcement = Some(Announcement { to, halves });
    }

    pub(super) fn with(mut self, credit: &Arc<OwnedSemaphorePermit>) -> Self {
        self._credit = Some(credit.clone());
        self
    }

    pub(crate) async fn write(&mut self, mut bytes: Bytes) -> Result<(), PipeError> {
        self.appear();
        let Some(pieces) = &self.pieces else {
            return Err(PipeError::GivenUp);
        };
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            let wanted = u32::try_from(piece.len()).expect("a piece is short");
            tokio::select! {
                biased;
                closed = self.outcome.wait() => return Err(PipeError::Closed(closed)),
                () = pieces.closed() => return Err(self.given_up()),
                room = self.room.acquire_many(wanted) => room.expect("it is never closed").forget(),
            }
            pieces.try_send(piece).map_err(|_| self.given_up())?;
        }
        Ok(())
    }

    fn given_up(&self) -> PipeError {
        match self.is_refused.load(Ordering::Acquire) {
            true => PipeError::Busy,
            false => PipeError::GivenUp,
        }
    }

    pub(crate) fn finish(&mut self) {
        self.end(FINISHED);
    }

    pub(crate) fn reset(&mut self, why: Refusal) {
        // Of a stream on which nothing was sent, the other side never hears.
        self.announcement = None;
        self.end(match why {
            Refusal::Busy => REFUSED,
            _ => RESET,
        });
    }

    fn end(&mut self, how: u8) {
        self.appear();
        // The reader looks at the state when the channel is at its end: it has to be there before.
        self.state.store(how, Ordering::Release);
        self.pieces = None;
    }

    fn appear(&mut self) {
        if let Some(Announcement { to, halves }) = self.announcement.take() {
            // It fails only if the other end is gone, and then the connection says so.
            to.try_send(*halves).ok();
        }
    }
}

#[derive(Debug)]
pub(crate) struct Reader {
    pieces: mpsc::Receiver<Bytes>,
    room: Arc<Semaphore>,
    /// What is left of a piece.
    head: Bytes,
    state: Arc<AtomicU8>,
    /// The reader had no room for what was sent.
    is_refused: Arc<AtomicBool>,
    outcome: Outcome,
    _credit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Reader {
    pub(super) fn with(mut self, credit: &Arc<OwnedSemaphorePermit>) -> Self {
        self._credit = Some(credit.clone());
        self
    }

    pub(crate) async fn read(&mut self, limit: usize) -> Result<Option<Bytes>, PipeError> {
        // What is given up is not read to its end.
        self.check_reset()?;
        if self.head.is_empty() {
            let piece = tokio::select! {
                biased;
                // What came before the connection ended can still be read.
                piece = self.pieces.recv() => piece,
                closed = self.outcome.wait() => return Err(PipeError::Closed(closed)),
            };
            match piece {
                Some(piece) => self.head = piece,
                None if self.state.load(Ordering::Acquire) == FINISHED => return Ok(None),
                None => {
                    if let Some(closed) = self.outcome.reason() {
                        return Err(PipeError::Closed(closed));
                    }
                    self.check_reset()?;
                    return Err(PipeError::GivenUp);
                }
            }
        }
        let read = self.head.split_to(limit.min(self.head.len()));
        self.room.add_permits(read.len());
        Ok(Some(read))
    }

    fn check_reset(&self) -> Result<(), PipeError> {
        match self.state.load(Ordering::Acquire) {
            RESET => Err(PipeError::GivenUp),
            REFUSED => Err(PipeError::Busy),
            _ => Ok(()),
        }
    }

    pub(crate) fn stop(&mut self, why: Refusal) {
        // Before the writer can notice.
        self.is_refused
            .fetch_or(why == Refusal::Busy, Ordering::Release);
        self.pieces.close();
        self.head = Bytes::new();
        // What waits is thrown away, as it is at the other end of a network.
        while self.pieces.try_recv().is_ok() {}
    }
}
