//! A job is submitted: planned here, from a pipeline that is checked again, and agreed on.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use bubbles_cluster::{JobId, JobSpec, Refusal};
use bubbles_pipeline::{Label, PlanOptions, plan};
use tokio::sync::oneshot;

use super::{confirmed, failed, plugins, refused};
use crate::leader::Event;
use crate::member::shared::Shared;
use crate::wire::{Denial, Submission, Tell};

/// A job's id is the name of a folder on every node.
const ID_CHARACTERS_MAX: usize = 64;

/// Partitions by key at most, where a task names no number: more slots than that gain nothing.
const PARTITIONS_MAX: u32 = 1024;

pub(super) async fn submit(shared: &Arc<Shared>, submission: Submission) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    let Submission {
        job,
        pipeline,
        descriptions,
        plugins,
        bookmarks,
        submitted_ms,
    } = submission;
    check_id(&job)?;
    let known = shared.replica.read(|state| state.job(&job).is_some());
    if known {
        return Ok(Tell::Done);
    }
    let tasks = pipeline.tasks().len();
    if descriptions.len() != tasks || plugins.len() != tasks {
        return Err(refused("every task has one plugin and one description"));
    }
    let nodes = leading.window.nodes();
    let slots: u32 = nodes.values().map(|presence| presence.slots).sum();
    let partitions = NonZeroU32::new(slots.min(PARTITIONS_MAX)).unwrap_or(NonZeroU32::MIN);
    let planned = plan(&pipeline, &descriptions, PlanOptions { partitions });
    let plan = planned.map_err(|error| refused(format!("{error:#}")))?;
    let wanted = plan.stages.iter().filter_map(|stage| stage.on.as_ref());
    check_labels(shared, wanted.collect())?;
    plugins::ensure_copies(shared, &leading, &plugins).await?;
    let spec = JobSpec {
        pipeline,
        plan,
        plugins,
        deterministic: descriptions.iter().map(|it| it.deterministic).collect(),
        bookmarks,
        submitted_ms,
    };
    let (agreed, told) = oneshot::channel();
    let submission = crate::leader::Submission {
        job,
        spec,
        board: None,
        agreed: Some(agreed),
    };
    let sent = leading.events.send(Event::Submit(Box::new(submission)));
    sent.map_err(|_| shared.not_leader())?;
    match told.await {
        Ok(Ok(())) => Ok(Tell::Done),
        Ok(Err(Refusal::TooLarge)) => Err(refused("the pipeline is more than the log takes")),
        Ok(Err(refusal)) => Err(failed(refusal)),
        // The leader lost the lead while it had the job agreed: said again, it is one job.
        Err(_) => Err(lost_lead(shared)),
    }
}

fn lost_lead(shared: &Shared) -> Denial {
    match shared.not_leader() {
        Denial::NotLeader { address: None } => Denial::NoQuorum,
        denial => denial,
    }
}

fn check_id(job: &JobId) -> Result<(), Denial> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=ID_CHARACTERS_MAX).contains(&job.0.len())
        && job.0.bytes().all(plain)
        && !job.0.starts_with('-');
    match fits {
        true => Ok(()),
        false => Err(refused(format!(
            "a job's id has 1 to {ID_CHARACTERS_MAX} of a-z, 0-9 and -"
        ))),
    }
}

/// Work for a label that no node has would wait for ever.
fn check_labels(shared: &Shared, wanted: BTreeSet<&Label>) -> Result<(), Denial> {
    let known: BTreeSet<Label> = shared.replica.read(|state| {
        let nodes = state.registry().nodes().values();
        nodes.flat_map(|node| node.labels.iter().cloned()).collect()
    });
    let Some(missing) = wanted.into_iter().find(|label| !known.contains(*label)) else {
        return Ok(());
    };
    let known: Vec<&str> = known.iter().map(Label::as_str).collect();
    let known = match known.is_empty() {
        true => "no node has a label".to_owned(),
        false => format!("labels of nodes are {}", known.join(", ")),
    };
    Err(refused(format!(
        "no node has the label \"{missing}\" of an `on`: {known}; start a node with --label {missing}"
    )))
}

#[cfg(test)]
mod tests {
    use bubbles_cluster::JobId;

    use super::check_id;

    #[test]
    fn an_id_is_a_plain_name() {
        assert!(check_id(&JobId("19a-f00".to_owned())).is_ok());
        for bad in ["", "../x", "a/b", "-x", "A", &"x".repeat(65)] {
            assert!(check_id(&JobId(bad.to_owned())).is_err(), "{bad}");
        }
    }
}
