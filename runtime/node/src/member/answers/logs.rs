//! What a job's guests said, and what was put aside.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::JobId;
use bubbles_pipeline::NodeId;
use bubbles_transport::{Connection, Protocol, Role, Stream, call};
use bytes::Bytes;

use super::jobs::report;
use super::{confirmed, failed, not_found};
use crate::JobReport;
use crate::member::serve::Broken;
use crate::member::shared::Shared;
use crate::wire::{Ask, Denial, LogPiece, Tell};

/// Of one answer.
const PIECE_BYTES: u64 = 1 << 20;

/// How long another node may take.
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Bytes that are handed on at once.
const STEP_BYTES: usize = 256 << 10;

/// What this node has of a job's log.
pub(super) async fn local(shared: &Shared, job: &JobId, offset: u64) -> Result<Tell, Denial> {
    let known = shared.replica.read(|state| {
        let job = state.job(job)?;
        Some(job.report.is_some())
    });
    let ended = known.ok_or_else(|| not_found("job", job))?;
    let path = shared.state.job(&job.0).join("log.txt");
    let read = tokio::task::spawn_blocking(move || read_lines(&path, offset));
    let text = read.await.map_err(failed)?.map_err(failed)?;
    Ok(Tell::Log(LogPiece {
        node: shared.me,
        name: shared.name.to_string(),
        offset: offset + text.len() as u64,
        end: ended && text.is_empty(),
        text,
    }))
}

/// Whole lines from here on. Nothing where there is no such file.
fn read_lines(path: &Path, offset: u64) -> std::io::Result<String> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(PIECE_BYTES).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(whole.map_or(0, |at| at + 1));
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What all nodes have of a job's log, one piece for each that answers.
pub(super) async fn all(
    shared: &Arc<Shared>,
    mut stream: Stream,
    job: &JobId,
    from: &[(NodeId, u64)],
) -> Result<(), Broken> {
    if let Err(denial) = confirmed(shared).await {
        stream.send(&Tell::No(denial)).await?;
        return Ok(stream.sending.finish()?);
    }
    let offset = |node: NodeId| {
        let known = from.iter().find(|(id, _)| *id == node);
        known.map_or(0, |(_, offset)| *offset)
    };
    let answer = local(shared, job, offset(shared.me)).await;
    let is_known = answer.is_ok();
    stream.send(&answer.unwrap_or_else(Tell::No)).await?;
    if is_known {
        for (node, name) in shared.book.others() {
            let ask = Ask::LocalLog {
                job: job.clone(),
                offset: offset(node),
            };
            if let Some(connection) = connection(shared, node).await
                && let Ok(piece @ Tell::Log(_)) = call(&connection, &ask, ASK_WITHIN).await
            {
                stream.send(&piece).await?;
            } else {
                tracing::debug!(node = %name, %job, "a node's part of a log could not be had");
            }
        }
    }
    Ok(stream.sending.finish()?)
}

async fn connection(shared: &Shared, node: NodeId) -> Option<Connection> {
    let (name, address) = shared.book.place(node)?;
    let connecting = shared.peers.connection(&name, &address, Protocol::Control);
    tokio::time::timeout(ASK_WITHIN, connecting)
        .await
        .ok()?
        .ok()
}

/// The rejects of a job that has ended, from the node that has them.
pub(super) async fn rejects(
    shared: &Arc<Shared>,
    mut stream: Stream,
    role: Role,
    job: &JobId,
) -> Result<(), Broken> {
    // Another node asks for what is here.
    let place = match role {
        Role::Node => Ok(Place::Here(rejects_file(shared, job))),
        _ => find(shared, job).await,
    };
    match place {
        Ok(Place::None) => stream.send(&Tell::Bytes(0)).await?,
        Ok(Place::Here(path)) => return send_file(stream, path).await,
        Ok(Place::There(node)) => return hand_on(shared, stream, node, job).await,
        Err(denial) => stream.send(&Tell::No(denial)).await?,
    }
    Ok(stream.sending.finish()?)
}

enum Place {
    None,
    Here(PathBuf),
    There(NodeId),
}

fn rejects_file(shared: &Shared, job: &JobId) -> PathBuf {
    shared.state.job(&job.0).join("rejects.jsonl")
}

async fn find(shared: &Shared, job: &JobId) -> Result<Place, Denial> {
    confirmed(shared).await?;
    let ended = shared.replica.read(|state| state.job(job).map(report));
    let report: JobReport = match ended {
        None => return Err(not_found("job", job)),
        Some(None) => {
            return Err(super::refused(
                "the job has not ended yet: its rejects are gathered at its end",
            ));
        }
        Some(Some(report)) => report,
    };
    if report.rejects.is_none() {
        return Ok(Place::None);
    }
    let name = report.node.unwrap_or_default();
    if name == shared.name.as_str() {
        return Ok(Place::Here(rejects_file(shared, job)));
    }
    let others = shared.book.others();
    let found = others.iter().find(|(_, other)| *other == name);
    match found {
        Some((node, _)) => Ok(Place::There(*node)),
        None => Err(failed(format!("node {name} had them, and has left"))),
    }
}

async fn send_file(mut stream: Stream, path: PathBuf) -> Result<(), Broken> {
    let opened = tokio::task::spawn_blocking(move || {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok::<_, std::io::Error>((file, bytes))
    });
    let (mut file, bytes) = match opened.await? {
        Ok(opened) => opened,
        Err(error) => {
            stream.send(&Tell::No(failed(error))).await?;
            return Ok(stream.sending.finish()?);
        }
    };
    stream.send(&Tell::Bytes(bytes)).await?;
    let mut left = bytes;
    while left > 0 {
        let read = tokio::task::spawn_blocking(move || {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(STEP_BYTES);
            let mut step = vec![0; most];
            let read = file.read_exact(&mut step);
            (file, read.map(|()| step))
        });
        let (back, step) = read.await?;
        file = back;
        // Who asked sees that the stream is given up.
        let Ok(step) = step else { return Ok(()) };
        left -= step.len() as u64;
        stream.sending.send_bytes(Bytes::from(step)).await?;
    }
    Ok(stream.sending.finish()?)
}

async fn hand_on(
    shared: &Shared,
    mut stream: Stream,
    node: NodeId,
    job: &JobId,
) -> Result<(), Broken> {
    let Some(connection) = connection(shared, node).await else {
        let name = shared.book.name(node);
        let denial = failed(format!("node {name} has them, and is not reached now"));
        stream.send(&Tell::No(denial)).await?;
        return Ok(stream.sending.finish()?);
    };
    let mut from = connection.open().await?;
    from.send(&Ask::Rejects(job.clone())).await?;
    from.sending.finish()?;
    let head: Tell = from.receive(ASK_WITHIN).await?;
    stream.send(&head).await?;
    let Tell::Bytes(mut left) = head else {
        return Ok(stream.sending.finish()?);
    };
    while left > 0 {
        let step = from.receiving.receive_bytes(STEP_BYTES, ASK_WITHIN).await?;
        let Some(step) = step else { return Ok(()) };
        left = left.saturating_sub(step.len() as u64);
        stream.sending.send_bytes(step).await?;
    }
    Ok(stream.sending.finish()?)
}
