//! Answers to questions on control and join connections.

mod jobs;
mod joining;
mod logs;
mod nodes;
mod plugins;
mod submit;

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::{Command, ConfirmError, ProposeError};
use bubbles_transport::{Connection, Stream};
use tokio::time::timeout;

pub(super) use joining::join;

use super::serve::Broken;
use super::shared::{Leading, Shared};
use crate::wire::{Ask, Denial, Tell};

/// How long a question waits for somebody to be elected, or for a majority to confirm that this
/// node leads, before the answer is that there is no quorum. A minority says so within five
/// seconds, and whoever asked may have to ask a second node.
const ELECTED_WITHIN: Duration = Duration::from_millis(2500);

/// Answers a question of a person or a node.
pub(super) async fn control(
    shared: &Arc<Shared>,
    connection: &Connection,
    mut stream: Stream,
    ask: Ask,
) -> Result<(), Broken> {
    let role = connection.peer().role;
    let answer = match ask {
        Ask::Keep { digest, .. } => plugins::keep(shared, connection, digest).await,
        Ask::LocalLog { job, offset } => logs::local(shared, &job, offset).await,
        Ask::Watch(job) => return jobs::watch(shared, stream, &job).await,
        Ask::Logs { job, from } => return logs::all(shared, stream, &job, &from).await,
        Ask::Rejects(job) => return logs::rejects(shared, stream, role, &job).await,
        Ask::Nodes => nodes::list(shared).await,
        Ask::Plugins => plugins::list(shared).await,
        Ask::Jobs => jobs::list(shared).await,
        Ask::Job(job) => jobs::one(shared, &job).await,
        Ask::Submit(submission) => submit::submit(shared, *submission).await,
        Ask::Cancel(job) => jobs::cancel(shared, &job).await,
        Ask::Lacks(digests) => plugins::lacks(shared, digests).await,
        Ask::Deploy {
            name,
            version,
            digest,
        } => plugins::deploy(shared, name, version, digest).await,
        Ask::Find { name, version } => plugins::find(shared, &name, version.as_deref()).await,
        Ask::Invite { role, seconds } => nodes::invite(shared, role, seconds).await,
        Ask::Remove { name } => nodes::remove(shared, &name).await,
        // Served before it comes here.
        Ask::Log | Ask::Attach { .. } => return Ok(()),
    };
    stream.send(&answer.unwrap_or_else(Tell::No)).await?;
    Ok(stream.sending.finish()?)
}

/// The way to the leader here, whose state is the newest there is; or who is to be asked instead.
async fn confirmed(shared: &Shared) -> Result<Leading, Denial> {
    let leading = leading(shared).await?;
    match timeout(ELECTED_WITHIN, shared.replica.confirm_leader()).await {
        Ok(Ok(())) => Ok(leading),
        Err(_) | Ok(Err(ConfirmError::NoQuorum)) => Err(Denial::NoQuorum),
        Ok(Err(ConfirmError::NotLeader { .. })) => Err(shared.not_leader()),
        Ok(Err(ConfirmError::Stopped(cause))) => Err(Denial::Failed {
            message: cause.to_string(),
        }),
    }
}

/// The way to the leader here. Where nobody is known to lead, an election is waited for.
async fn leading(shared: &Shared) -> Result<Leading, Denial> {
    if let Some(leading) = shared.leading() {
        return Ok(leading);
    }
    let mut here = shared.leading.subscribe();
    let mut watch = shared.replica.watch();
    let me = shared.me;
    let known = async {
        tokio::select! {
            _ = here.wait_for(Option::is_some) => {}
            _ = watch.wait(|status| status.leader.as_ref().is_some_and(|(id, _)| *id != me)) => {}
        }
    };
    if timeout(ELECTED_WITHIN, known).await.is_err() {
        return Err(Denial::NoQuorum);
    }
    shared.lead()
}

/// Has one command agreed.
async fn agree(shared: &Shared, command: Command) -> Result<(), Denial> {
    match shared.replica.propose(vec![command]).await {
        Ok(answers) => match answers.into_iter().next() {
            Some(Err(refusal)) => Err(Denial::Refused {
                message: refusal.to_string(),
            }),
            _ => Ok(()),
        },
        Err(ProposeError::NotLeader { .. } | ProposeError::Unsure { .. }) => {
            Err(shared.not_leader())
        }
        Err(ProposeError::NoQuorum) => Err(Denial::NoQuorum),
        Err(error) => Err(Denial::Failed {
            message: error.to_string(),
        }),
    }
}

fn not_found(what: &str, name: impl ToString) -> Denial {
    Denial::NotFound {
        what: what.to_owned(),
        name: name.to_string(),
    }
}

fn refused(message: impl Into<String>) -> Denial {
    Denial::Refused {
        message: message.into(),
    }
}

fn failed(error: impl ToString) -> Denial {
    Denial::Failed {
        message: error.to_string(),
    }
}
