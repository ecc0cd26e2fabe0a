//! What a fault means for the job.

use std::time::Duration;

use bubbles_cluster::{Command, FailureClass, Outcome, Work};
use bubbles_pipeline::Pipeline;

use crate::attempt::{Fault, Verdict};
use crate::order::AttemptKey;
use crate::{FailureKind, JobFailure};

/// A task that failed so often fails its job: a plugin that fails by chance gets
/// its chances, one that fails always does not hold up the night.
pub(crate) const OWN_FAILURES: u32 = 4;

/// Attempts that may fail for a passing reason before the job gives up. With the
/// back-off below that is some twenty minutes: longer than a service's restart.
pub(crate) const TRANSIENT_FAILURES: u32 = 30;

/// How the end of an attempt is recorded in the log.
pub(crate) fn recorded(key: &AttemptKey, result: &Result<Outcome, Fault>) -> Command {
    let AttemptKey {
        job,
        work,
        attempt,
        epoch,
    } = key.clone();
    match result {
        Ok(outcome) => Command::Complete {
            job,
            work,
            attempt,
            epoch,
            outcome: outcome.clone(),
        },
        Err(fault) => Command::Fail {
            job,
            work,
            attempt,
            epoch,
            class: class(fault),
        },
    }
}

fn class(fault: &Fault) -> FailureClass {
    match fault.verdict {
        // A machine's failure is not the task's.
        Verdict::Final if fault.kind == FailureKind::Environment => FailureClass::Transient,
        Verdict::Final | Verdict::Counts => FailureClass::Own,
        Verdict::Transient | Verdict::Node => FailureClass::Transient,
        Verdict::Cancelled => FailureClass::Lost,
    }
}

/// Unanswered pulls after which what was to be pulled is taken for lost: both nodes may reach
/// the leader and still not each other.
const PULLS: u32 = 3;

/// The output that has to be made again for an attempt that failed, if that is why.
pub(crate) fn lost_input(key: &AttemptKey, result: &Result<Outcome, Fault>) -> Option<Work> {
    let lost = result.as_ref().err()?.lost?;
    (lost.gone || key.attempt >= PULLS).then_some(lost.work)
}

/// Whether the job goes on after this fault, of the split's so many attempts and
/// so many failures of its own, this one included.
pub(crate) fn goes_on(verdict: Verdict, attempts: u32, own_failures: u32) -> bool {
    match verdict {
        Verdict::Final | Verdict::Cancelled | Verdict::Node => false,
        Verdict::Counts => own_failures < OWN_FAILURES,
        Verdict::Transient => attempts < TRANSIENT_FAILURES,
    }
}

/// How long to wait before the next attempt: 100 ms doubled with every attempt, a
/// minute at most.
pub(crate) fn back_off(verdict: Verdict, attempts: u32) -> Duration {
    match verdict {
        Verdict::Transient => {
            let doubled = Duration::from_millis(100).saturating_mul(1 << attempts.min(10));
            doubled.min(Duration::from_secs(60))
        }
        _ => Duration::ZERO,
    }
}

/// The failure as its job reports it.
pub(crate) fn job_failure(
    pipeline: &Pipeline,
    fault: Fault,
    split: Option<u32>,
    attempts: u32,
) -> JobFailure {
    let task = fault.task.map(|task| pipeline.task(task));
    let help = match fault.kind {
        FailureKind::Rejected => Some(
            "to put bad records aside and go on, give the task on-error = \"reject\"".to_owned(),
        ),
        FailureKind::Limit => task.map(|_| {
            "if the task really needs more, give it memory = \"512MiB\" or timeout = \"60s\""
                .to_owned()
        }),
        _ => None,
    };
    JobFailure {
        task: task.map(|task| task.name.to_string()),
        split,
        attempts,
        kind: fault.kind,
        message: fault.message,
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_failure_of_a_task_is_the_last() {
        assert!(goes_on(Verdict::Counts, 3, 3));
        assert!(!goes_on(Verdict::Counts, 4, 4));
        assert!(!goes_on(Verdict::Final, 1, 1));
    }

    #[test]
    fn passing_failures_do_not_count_but_end() {
        assert!(goes_on(Verdict::Transient, TRANSIENT_FAILURES - 1, 0));
        assert!(!goes_on(Verdict::Transient, TRANSIENT_FAILURES, 0));
        assert_eq!(back_off(Verdict::Transient, 1), Duration::from_millis(200));
        assert_eq!(back_off(Verdict::Transient, 1000), Duration::from_secs(60));
    }
}
