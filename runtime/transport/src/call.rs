//! One question, one answer, on a stream of their own.

use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};

use crate::closed::Closed;
use crate::connection::Connection;
use crate::frame::Frame;
use crate::limits::{BUSY_PAUSE, BUSY_PAUSE_MOST};
use crate::stream::{ReceiveError, SendError};

/// Why there is no answer. The peer may have done what it was asked, but for two
/// kinds of [`CallError::Send`]: a value that makes no frame, and `Busy`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// The time is over.
    #[error("no answer in time")]
    TimedOut,
    /// The question could not be sent.
    #[error("cannot ask")]
    Send(#[from] SendError),
    /// The answer could not be received.
    #[error("no answer")]
    Receive(#[from] ReceiveError),
    /// The connection ended.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Asks and waits for the answer, `within` this time altogether. Given up or out
/// of time, it tells the peer that nobody listens any more. An answer that no
/// peer in good order gives ends the connection; one that is late, even within
/// itself, does not, as the time is the asker's and may be short.
///
/// A long question that the peer has no room for is asked again, as the peer has
/// not looked at it; `Send(Busy)` says that there was no room in all the time. A
/// long answer for which there is no room *here* is lost: `Receive(Busy)`. Whoever
/// asks for long answers sees to it that not too many come at a time.
pub async fn call<Q: Frame, A: Frame>(
    connection: &Connection,
    question: &Q,
    within: Duration,
) -> Result<A, CallError> {
    let deadline = Instant::now() + within;
    let mut pause = BUSY_PAUSE;
    loop {
        let answer = ask(connection, question, deadline).await;
        let was_refused = matches!(answer, Err(CallError::Send(SendError::Busy)));
        if !was_refused || deadline <= Instant::now() + pause {
            return answer;
        }
        sleep(pause).await;
        pause = (2 * pause).min(BUSY_PAUSE_MOST);
    }
}

async fn ask<Q: Frame, A: Frame>(
    connection: &Connection,
    question: &Q,
    deadline: Instant,
) -> Result<A, CallError> {
    let asking = async {
        let mut stream = connection.open().await?;
        stream.send(question).await?;
        stream.sending.finish()?;
        Ok::<_, CallError>(stream)
    };
    let asked = timeout_at(deadline, asking).await;
    let mut stream = asked.map_err(|_| CallError::TimedOut)??;
    let left = deadline.saturating_duration_since(Instant::now());
    let answer = stream.receiving.frame(left).await;
    answer.map_err(|error| match error {
        ReceiveError::Silent | ReceiveError::Stalled => CallError::TimedOut,
        ReceiveError::Refused => CallError::Send(SendError::Busy),
        ReceiveError::Closed(closed) => CallError::Closed(closed),
        error => {
            if error.is_hostile() {
                stream.receiving.end_connection(&error);
            }
            CallError::Receive(error)
        }
    })
}
