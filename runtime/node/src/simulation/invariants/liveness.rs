//! Once no more faults come, every job ends, in bounded time.

use std::time::Duration;

use bubbles_cluster::State;

use super::super::history::History;
use super::super::jobs::Planned;

/// An attempt that fails for a passing reason waits a minute at most before it is made again, a
/// node is given up after five seconds, and there are some stages.
pub(in super::super) const WITHIN: Duration = Duration::from_secs(180);

/// Whether all jobs have ended.
pub(in super::super) fn all_ended(state: &State, jobs: &[Planned]) -> bool {
    let ended = |job: &Planned| state.job(&job.id).is_some_and(|job| job.report.is_some());
    jobs.iter().all(ended)
}

/// The time is over.
pub(in super::super) fn check(history: &mut History, state: &State, jobs: &[Planned]) {
    for job in jobs {
        let broken = match state.job(&job.id) {
            None => "was never agreed on".to_owned(),
            Some(agreed) if agreed.report.is_none() => {
                let running: Vec<_> = agreed.running().collect();
                format!(
                    "has not ended; decided: {:?}, running: {running:?}",
                    agreed.decision
                )
            }
            Some(_) => continue,
        };
        history
            .broken
            .push(format!("liveness: {} {broken}", job.id));
    }
}
