//! Begins a job on a cluster: what it lacks is brought, then the job is submitted.

use std::time::{SystemTime, UNIX_EPOCH};

use bubbles_node::wire::{Ask, Denial, Submission, Tell};
use bubbles_node::{JobId, componentize};
use bytes::Bytes;

use super::contact::Contact;
use super::error::ClusterError;
use super::login::random;
use super::plugins::Components;
use super::search::Patience;

/// How often plugins are brought that are gone when the job is submitted.
const TRIES: u32 = 3;

/// A job that was made here, with all that a cluster may lack of it.
pub(crate) struct Order {
    submission: Submission,
    components: Components,
}

impl Order {
    /// Of what was prepared here. `wasm` is what each task's plugin was loaded from.
    pub(crate) fn new(prepared: &bubbles_node::Prepared, wasm: Vec<Bytes>) -> Self {
        let digests = prepared.digests();
        let components = digests.iter().zip(wasm);
        let components = components.map(|(digest, wasm)| (*digest, component(wasm)));
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let submitted_ms = since.unwrap_or_default().as_millis() as u64;
        Self {
            submission: Submission {
                job: new_job_id(submitted_ms, random()),
                pipeline: prepared.pipeline().clone(),
                descriptions: prepared.descriptions(),
                plugins: digests.to_vec(),
                bookmarks: prepared.bookmarks(),
                submitted_ms,
            },
            components: components.collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn of_parts(submission: Submission, components: Components) -> Self {
        Self {
            submission,
            components,
        }
    }

    /// The job's id, the same in all submissions.
    pub(super) fn job(&self) -> &JobId {
        &self.submission.job
    }

    /// Has the cluster take the job. Said twice, it is one job.
    pub(super) async fn submit(
        &self,
        contact: &Contact,
        patience: Patience,
    ) -> Result<(), ClusterError> {
        let question = Ask::Submit(Box::new(self.submission.clone()));
        let mut tries = 0;
        loop {
            contact.bring(&self.components, patience).await?;
            tries += 1;
            match contact.ask(&question, patience).await {
                Ok(Tell::Done) => return Ok(()),
                Ok(_) => return Err(ClusterError::Garbled { asked: "a job" }),
                // The node that had a plugin is gone with it.
                Err(ClusterError::Denied(Denial::NotFound { .. })) if tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What was loaded, as a component.
fn component(wasm: Bytes) -> Bytes {
    let made = match componentize(&wasm) {
        Ok(std::borrow::Cow::Owned(component)) => Some(component),
        // It is one; or it is nothing, and then it was not loaded.
        _ => None,
    };
    made.map_or(wasm, Bytes::from)
}

/// A name that sorts by time, as those of jobs that run in one process.
fn new_job_id(submitted_ms: u64, random: u64) -> JobId {
    JobId(format!("{submitted_ms:x}-{:06x}", random & 0xff_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let first = new_job_id(0x1a2_0403_d12e, 0xd0_bd9d);
        assert_eq!(first.0, "1a20403d12e-d0bd9d");
        assert!(first < new_job_id(0x1a2_0403_d12f, 0));
        assert_eq!(new_job_id(1, 1).0, "1-000001");
    }
}
