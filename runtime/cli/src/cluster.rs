//! The cluster that a command is about.

use bubbles::{Cluster, ClusterChoice, ClusterError, Home, JobId};

/// That of the profile that is found.
pub(crate) fn open() -> Result<Cluster, ClusterError> {
    let home = Home::from_environment()?;
    Cluster::open(&ClusterChoice::Found, &home)
}

/// The cluster, and the job whose id begins like this.
pub(crate) fn open_job(prefix: &str) -> Result<(Cluster, JobId), ClusterError> {
    let cluster = open()?;
    let job = cluster.find_job(prefix)?;
    Ok((cluster, job))
}
