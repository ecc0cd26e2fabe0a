//! `bubbles cancel`: stops a job of the cluster.

use bubbles::Outcome;

use crate::{cluster, output};

/// Stops a job: nothing that it prepared becomes visible.
#[derive(Debug, clap::Args)]
pub(crate) struct Cancel {
    /// The job's id, or its beginning.
    job: String,
}

impl Cancel {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let (cluster, job) = cluster::open_job(&self.job)?;
        cluster.cancel(&job)?;
        let ended = cluster.job(&job)?.report.map(|report| report.outcome);
        output::say(&match ended {
            Some(Outcome::Cancelled) => {
                format!("job {job} is cancelled: no output of it is visible")
            }
            Some(Outcome::Committed) => {
                format!("job {job} was done already: its output is visible")
            }
            Some(Outcome::Failed(_)) => {
                format!("job {job} had failed already: no output of it is visible")
            }
            None => {
                format!("job {job} is being stopped: bubbles job {job} shows when it has ended")
            }
        });
        Ok(0)
    }
}
