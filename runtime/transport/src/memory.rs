//! A connection within this process, with the manners of one over a network: it
//! has windows and as many streams, a stream is seen with its first
//! bytes, and whoever drops the last handle ends it.

mod pipe;

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore, mpsc, watch};

use self::pipe::pipe;
pub(crate) use self::pipe::{Reader, Writer};
use crate::closed::{Closed, Refusal, shown};
use crate::limits::{STREAM_WINDOW_BYTES, Share};
use crate::protocol::Protocol;
use crate::room::Room;

/// The halves of a stream that the other side gets.
pub(crate) type Halves = (Writer, Reader);

/// Who closed the connection, and with which words.
#[derive(Debug, Clone)]
struct Ending {
    by: Side,
    refusal: Refusal,
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// How the connection ended, as one of its sides sees it.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    side: Side,
    ending: watch::Receiver<Option<Ending>>,
}

impl Outcome {
    fn reason(&self) -> Option<Closed> {
        let ending = self.ending.borrow();
        ending.as_ref().map(|ending| self.seen(ending))
    }

    async fn wait(&mut self) -> Closed {
        let side = self.side;
        match self.ending.wait_for(Option::is_some).await {
            Ok(ending) => match &*ending {
                Some(ending) if ending.by == side => Closed::Here,
                Some(ending) => by_peer(ending),
                None => Closed::Silent,
            },
            // Both ends are gone, and each closes as it goes.
            Err(_) => Closed::Here,
        }
    }

    fn seen(&self, ending: &Ending) -> Closed {
        if ending.by == self.side {
            Closed::Here
        } else {
            by_peer(ending)
        }
    }
}

fn by_peer(ending: &Ending) -> Closed {
    Closed::ByPeer {
        refusal: ending.refusal,
        reason: ending.reason.clone(),
    }
}

/// One end. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct MemoryEnd {
    side: Side,
    ending: Arc<watch::Sender<Option<Ending>>>,
    outcome: Outcome,
    /// Streams that this side may still open.
    credit: Arc<Semaphore>,
    /// Of a stream. That all streams have one together as well is left to the network.
    window_bytes: usize,
    /// To the other side's `arrivals`.
    departures: mpsc::Sender<Halves>,
    arrivals: Mutex<mpsc::Receiver<Halves>>,
    room: Room,
}

/// The two ends of a new connection.
pub(crate) fn ends(protocol: Protocol) -> (MemoryEnd, MemoryEnd) {
    let &Share {
        streams,
        receive_bytes,
        ..
    } = Share::of(protocol);
    // As many places as streams: whoever has credit for one finds a place for it.
    let (to_right, at_right) = mpsc::channel(streams);
    let (to_left, at_left) = mpsc::channel(streams);
    let (ending, seen) = watch::channel(None);
    let ending = Arc::new(ending);
    let end = |side, departures, arrivals| MemoryEnd {
        side,
        ending: ending.clone(),
        outcome: Outcome {
            side,
            ending: seen.clone(),
        },
        credit: Arc::new(Semaphore::new(streams)),
        window_bytes: receive_bytes.min(STREAM_WINDOW_BYTES),
        departures,
        arrivals: Mutex::new(arrivals),
        room: Room::new(),
    };
    let left = end(Side::Left, to_right, at_left);
    let right = end(Side::Right, to_left, at_right);
    (left, right)
}

impl MemoryEnd {
    pub(crate) async fn open(&self) -> Result<Halves, Closed> {
        let mut outcome = self.outcome.clone();
        let credit = tokio::select! {
            biased;
            closed = outcome.wait() => return Err(closed),
            credit = self.credit.clone().acquire_owned() => credit.expect("it is never closed"),
        };
        // The credit comes back when the other side is through with both halves.
        let credit = Arc::new(credit);
        let theirs = Outcome {
            side: match self.side {
                Side::Left => Side::Right,
                Side::Right => Side::Left,
            },
            ending: self.outcome.ending.clone(),
        };
        let (mut writer, their_reader) = pipe(self.window_bytes, &self.outcome, &theirs);
        let (their_writer, reader) = pipe(self.window_bytes, &theirs, &self.outcome);
        let halves = (their_writer.with(&credit), their_reader.with(&credit));
        writer.announce(self.departures.clone(), halves);
        Ok((writer, reader))
    }

    pub(crate) async fn accept(&self) -> Result<Halves, Closed> {
        let mut outcome = self.outcome.clone();
        let mut arrivals = self.arrivals.lock().await;
        tokio::select! {
            biased;
            closed = outcome.wait() => Err(closed),
            Some(halves) = arrivals.recv() => Ok(halves),
        }
    }

    pub(crate) fn close(&self, refusal: Refusal, reason: &str) {
        self.ending.send_if_modified(|ending| {
            let first = ending.is_none();
            ending.get_or_insert_with(|| Ending {
                by: self.side,
                refusal,
                reason: shown(reason.as_bytes()),
            });
            first
        });
    }

    pub(crate) async fn closed(&self) -> Closed {
        self.outcome.clone().wait().await
    }

    pub(crate) fn reason(&self) -> Option<Closed> {
        self.outcome.reason()
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }
}

impl Drop for MemoryEnd {
    fn drop(&mut self) {
        self.close(Refusal::Done, "");
    }
}
