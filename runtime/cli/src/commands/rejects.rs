//! `bubbles rejects`: what a job put aside.

use std::io;

use anyhow::Context as _;
use bubbles::ClusterError;

use crate::{cluster, output};

/// Prints the records that a job put aside, a line of JSON for each, with the reason.
#[derive(Debug, clap::Args)]
pub(crate) struct Rejects {
    /// The job's id, or its beginning.
    job: String,
}

impl Rejects {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let (cluster, job) = cluster::open_job(&self.job)?;
        match cluster.rejects(&job, &mut io::stdout()) {
            Ok(0) => output::say("the job put nothing aside"),
            Ok(_) => {}
            // A reader that stopped reading, such as `head`, has what it wanted.
            Err(ClusterError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(ClusterError::Write(error)) => {
                return Err(error).context("writing to standard output");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(0)
    }
}
