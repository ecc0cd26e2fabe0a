//! The state that the log makes, and the one function that changes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::registry::Registry;
use crate::{Answer, Command, JobId, JobState, Refusal};

/// Jobs that have ended and are still told of: some weeks of nightly work.
const ENDED_JOBS_KEPT: usize = 1_000;

/// Everything that is agreed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    jobs: BTreeMap<JobId, JobState>,
    registry: Registry,
    /// By pipeline and task: where the next job starts to read.
    bookmarks: BTreeMap<(String, String), Vec<u8>>,
}

impl State {
    /// A job, if it is known.
    #[must_use]
    pub fn job(&self, job: &JobId) -> Option<&JobState> {
        self.jobs.get(job)
    }

    /// All jobs that are known.
    #[must_use]
    pub fn jobs(&self) -> &BTreeMap<JobId, JobState> {
        &self.jobs
    }

    /// Members and plugins.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where the next job of this pipeline starts to read this task's source.
    #[must_use]
    pub fn bookmark(&self, pipeline: &str, task: &str) -> Option<&[u8]> {
        let key = (pipeline.to_owned(), task.to_owned());
        self.bookmarks.get(&key).map(Vec::as_slice)
    }

    /// Performs a command. Equal states and commands give equal states and
    /// answers, on every node.
    ///
    /// # Errors
    /// The command does not fit the state, which has not changed.
    pub fn apply(&mut self, command: Command) -> Result<Answer, Refusal> {
        match command {
            Command::Submit { job, spec } => {
                let begin = || JobState::new(*spec);
                self.jobs.entry(job).or_insert_with(begin);
                Ok(Answer::Accepted)
            }
            Command::Finish { job, report } => self.finish(&job, report),
            Command::Forget { job } => {
                self.jobs.remove(&job);
                Ok(Answer::Accepted)
            }
            Command::FixSplits { ref job, .. }
            | Command::Assign { ref job, .. }
            | Command::Complete { ref job, .. }
            | Command::Fail { ref job, .. }
            | Command::Lose { ref job, .. }
            | Command::Decide { ref job, .. }
            | Command::Settle { ref job, .. } => {
                let found = self.jobs.get_mut(job).ok_or(Refusal::NoSuchJob)?;
                found.apply(command)
            }
            Command::Register { node, record } => {
                accepted(self.registry.register(node, record), Refusal::NameTaken)
            }
            Command::Unregister { node } => {
                self.registry.unregister(node);
                Ok(Answer::Accepted)
            }
            Command::Spend { invitation } => {
                accepted(self.registry.spend(invitation), Refusal::Spent)
            }
            Command::Revoke { certificate } => {
                self.registry.revoke(certificate);
                Ok(Answer::Accepted)
            }
            Command::Publish { name, record } => {
                accepted(self.registry.publish(name, record), Refusal::VersionTaken)
            }
        }
    }

    fn finish(&mut self, job: &JobId, report: Vec<u8>) -> Result<Answer, Refusal> {
        let found = self.jobs.get_mut(job).ok_or(Refusal::NoSuchJob)?;
        let bookmarks = found.finish(report)?;
        let pipeline = found.spec.bookmarks.clone();
        for (task, bookmark) in bookmarks {
            self.bookmarks.insert((pipeline.clone(), task), bookmark);
        }
        self.forget_oldest();
        Ok(Answer::Accepted)
    }

    fn forget_oldest(&mut self) {
        let ended = || self.jobs.iter().filter(|(_, job)| job.report.is_some());
        if ended().count() <= ENDED_JOBS_KEPT {
            return;
        }
        let oldest = ended()
            .min_by_key(|(_, job)| job.spec.submitted_ms)
            .map(|(id, _)| id.clone());
        if let Some(oldest) = oldest {
            self.jobs.remove(&oldest);
        }
    }
}

fn accepted(done: bool, otherwise: Refusal) -> Result<Answer, Refusal> {
    if done {
        Ok(Answer::Accepted)
    } else {
        Err(otherwise)
    }
}

#[cfg(test)]
mod tests;
