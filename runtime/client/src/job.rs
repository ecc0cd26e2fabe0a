//! A job that runs, in this process or on a cluster.

use std::time::Duration;

use bubbles_node::{JobReport, Node, Outcome, Progress};

use crate::RunError;
use crate::cluster::ClusterJob;

/// A running job. Dropping it cancels a job in this process, and leaves one on a cluster to the
/// cluster.
#[must_use = "dropping a job in this process cancels it"]
pub struct Job {
    place: Place,
}

enum Place {
    Here {
        /// Before the node, so that it is dropped before it.
        job: bubbles_node::Job,
        _node: Node,
    },
    Cluster(ClusterJob),
}

impl Job {
    pub(crate) fn here(job: bubbles_node::Job, node: Node) -> Self {
        let place = Place::Here { job, _node: node };
        Self { place }
    }

    pub(crate) fn on_cluster(job: ClusterJob) -> Self {
        let place = Place::Cluster(job);
        Self { place }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.place {
            Place::Here { job, .. } => job.id(),
            Place::Cluster(job) => job.id(),
        }
    }

    /// How far it is, as far as is known.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match &self.place {
            Place::Here { job, .. } => job.progress(),
            Place::Cluster(job) => job.progress(),
        }
    }

    /// Why nothing new is known of a job on a cluster, while that cannot be asked, or why it was not
    /// cancelled. The job goes on.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        match &self.place {
            Place::Here { .. } => None,
            Place::Cluster(job) => job.trouble(),
        }
    }

    /// Stops it. Nothing that it prepared becomes visible, and temporary files
    /// go. A job that is already decided is carried to its end. Returns at once: wait for the end.
    pub fn cancel(&self) {
        match &self.place {
            Place::Here { job, .. } => job.cancel(),
            Place::Cluster(job) => job.cancel(),
        }
    }

    /// Waits at most so long for its end, however it ends.
    ///
    /// # Errors
    /// If a job on a cluster cannot be watched any more.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Option<JobReport>, RunError> {
        match &self.place {
            Place::Here { job, .. } => Ok(job.wait_timeout(timeout)),
            Place::Cluster(job) => Ok(job.wait_timeout(timeout)?),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it failed or was cancelled: no output is visible then. If it cannot be watched any more.
    pub fn wait(self) -> Result<JobReport, RunError> {
        let report = match &self.place {
            Place::Here { job, .. } => job.wait(),
            Place::Cluster(job) => job.wait()?,
        };
        match report.outcome {
            Outcome::Committed => Ok(report),
            Outcome::Failed(_) | Outcome::Cancelled => Err(RunError::NotDone(Box::new(report))),
        }
    }
}
