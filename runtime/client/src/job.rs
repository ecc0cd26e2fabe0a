//! A job that runs in this process, and the node that runs it.

use std::time::Duration;

use bubbles_node::{JobReport, Node, Outcome, Progress};

use crate::RunError;

/// A running job. Dropping it cancels the job.
#[must_use = "dropping a job cancels it"]
pub struct Job {
    /// Before the node, so that it is dropped before it.
    job: bubbles_node::Job,
    _node: Node,
}

impl Job {
    pub(crate) fn new(job: bubbles_node::Job, node: Node) -> Self {
        Self { job, _node: node }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.job.id()
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.job.progress()
    }

    /// Stops it. Nothing that it prepared becomes visible, and temporary files
    /// go. A job that is already decided is carried to its end.
    pub fn cancel(&self) {
        self.job.cancel();
    }

    /// Waits at most so long for its end, however it ends.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<JobReport> {
        self.job.wait_timeout(timeout)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it failed or was cancelled: no output is visible then.
    pub fn wait(self) -> Result<JobReport, RunError> {
        let report = self.job.wait();
        match report.outcome {
            Outcome::Committed => Ok(report),
            Outcome::Failed(_) | Outcome::Cancelled => Err(RunError::NotDone(Box::new(report))),
        }
    }
}
