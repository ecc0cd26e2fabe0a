//! What a job said and what it put aside, read from the cluster.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bubbles_node::JobId;
use bubbles_node::wire::{Ask, LogPiece, Tell};
use bubbles_transport::ReceiveError;

use super::Cluster;
use super::contact::{Leader, Miss};
use super::error::ClusterError;
use super::search::Patience;

/// For all nodes to have told what they have.
const ANSWER: Duration = Duration::from_secs(15);

/// Between two looks at a log that grows.
const LOOK: Duration = Duration::from_millis(300);

/// A piece as long as this may not be all that there is.
const FULL_BYTES: usize = 32 << 10;

/// What is asked of a stream at once.
const PIECE_BYTES: usize = 256 << 10;

impl Cluster {
    /// What a job's plugins said, on all nodes, piece by piece; with `follow` until the job has ended
    /// or `each` breaks.
    ///
    /// # Errors
    /// If there is no such job, or the cluster cannot be asked.
    pub fn logs(
        &self,
        job: &JobId,
        follow: bool,
        mut each: impl FnMut(&LogPiece) -> ControlFlow<()>,
    ) -> Result<(), ClusterError> {
        let mut from = BTreeMap::new();
        let patience = Patience::QUESTION.answer(ANSWER);
        loop {
            let question = Ask::Logs {
                job: job.clone(),
                from: from.iter().map(|(node, offset)| (*node, *offset)).collect(),
            };
            let look = |leader: Leader| {
                let question = &question;
                async move { pieces(&leader, question).await }
            };
            let looked = self.contact().with_leader(patience, &|_| (), look);
            let pieces = self.runtime().block_on(looked)?;
            for piece in &pieces {
                from.insert(piece.node, piece.offset);
                if !piece.text.is_empty() && each(piece).is_break() {
                    return Ok(());
                }
            }
            if pieces.iter().any(|piece| piece.text.len() >= FULL_BYTES) {
                continue;
            }
            let ended = match pieces.as_slice() {
                [] => self.job(job)?.report.is_some(),
                pieces => pieces.iter().all(|piece| piece.end),
            };
            if !follow || ended {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Writes the rejects of a job that has ended, a line of JSON for each; says how many bytes.
    ///
    /// # Errors
    /// If there is no such job or it has not ended, or the cluster cannot be asked, or `to` does
    /// not take it.
    pub fn rejects(&self, job: &JobId, to: &mut (dyn Write + Send)) -> Result<u64, ClusterError> {
        let question = Ask::Rejects(job.clone());
        let sink = Mutex::new(Sink { to, written: 0 });
        let read = |leader: Leader| {
            let (question, sink) = (&question, &sink);
            async move { read(&leader, question, sink).await }
        };
        let patience = Patience::QUESTION.answer(ANSWER);
        let read = self.contact().with_leader(patience, &|_| (), read);
        self.runtime().block_on(read)?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        sink.to.flush().map_err(ClusterError::Write)?;
        Ok(sink.written)
    }
}

/// One look: a piece of each node that has something to say.
async fn pieces(leader: &Leader, question: &Ask) -> Result<Vec<LogPiece>, Miss> {
    let lost = |error: &dyn std::fmt::Display| Miss::Lost(format!("{}: {error}", leader.address));
    let mut stream = leader
        .connection
        .open()
        .await
        .map_err(|error| lost(&error))?;
    let sent = stream.send(question).await;
    sent.map_err(|error| leader.not_sent(error))?;
    stream.sending.finish().map_err(|error| lost(&error))?;
    let mut pieces = Vec::new();
    loop {
        match stream.receive(leader.within).await {
            Ok(Tell::Log(piece)) => pieces.push(piece),
            Ok(Tell::No(denial)) => return Err(Miss::Denied(denial)),
            Ok(_) => return Err(garbled("a log")),
            Err(ReceiveError::Finished) => return Ok(pieces),
            Err(error) => return Err(leader.not_received(error)),
        }
    }
}

/// Where the rejects go. An attempt that follows another skips what was written.
struct Sink<'a> {
    to: &'a mut (dyn Write + Send),
    written: u64,
}

impl Sink<'_> {
    /// Takes the bytes that lie at this place of the whole.
    fn take(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let known = usize::try_from(self.written.saturating_sub(offset)).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        self.to.write_all(fresh)?;
        self.written += fresh.len() as u64;
        Ok(())
    }
}

async fn read(leader: &Leader, question: &Ask, sink: &Mutex<Sink<'_>>) -> Result<(), Miss> {
    let lost = |error: &dyn std::fmt::Display| Miss::Lost(format!("{}: {error}", leader.address));
    let mut stream = leader
        .connection
        .open()
        .await
        .map_err(|error| lost(&error))?;
    let sent = stream.send(question).await;
    sent.map_err(|error| leader.not_sent(error))?;
    stream.sending.finish().map_err(|error| lost(&error))?;
    let answer = stream.receive(leader.within).await;
    let total = match answer.map_err(|error| leader.not_received(error))? {
        Tell::Bytes(total) => total,
        Tell::No(denial) => return Err(Miss::Denied(denial)),
        _ => return Err(garbled("rejects")),
    };
    let mut offset = 0;
    while offset < total {
        let wanted = usize::try_from(total - offset).unwrap_or(PIECE_BYTES);
        let piece = stream
            .receiving
            .receive_bytes(wanted.min(PIECE_BYTES), ANSWER);
        let piece = piece.await.map_err(|error| lost(&error))?;
        let piece = piece.ok_or_else(|| lost(&"the rejects ended too early"))?;
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = sink.take(offset, &piece);
        taken.map_err(|error| Miss::Broken(ClusterError::Write(error)))?;
        offset += piece.len() as u64;
    }
    Ok(())
}

fn garbled(asked: &'static str) -> Miss {
    Miss::Broken(ClusterError::Garbled { asked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_skipped() {
        let mut out = Vec::new();
        let mut sink = Sink {
            to: &mut out,
            written: 0,
        };
        sink.take(0, b"abc").unwrap();
        sink.take(0, b"ab").unwrap();
        sink.take(2, b"cde").unwrap();
        sink.take(5, b"f").unwrap();
        assert_eq!((sink.written, out.as_slice()), (6, &b"abcdef"[..]));
    }
}
