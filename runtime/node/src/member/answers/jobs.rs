//! Jobs, looked at and cancelled.

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::{Decision, JobId, JobState};
use bubbles_transport::Stream;
use tokio::time::{Instant, sleep};

use super::{confirmed, not_found};
use crate::leader::Event;
use crate::member::serve::Broken;
use crate::member::shared::Shared;
use crate::wire::{Denial, JobStatus, JobSummary, Tell};
use crate::{JobReport, Outcome};

/// Between two looks at a job that somebody watches.
const LOOK: Duration = Duration::from_millis(100);

/// Something is said so often, news or not, so that who watches knows that the leader lives.
const SAY_AT_LEAST: Duration = Duration::from_secs(1);

/// Jobs of one answer: what fits into it.
const JOBS_MAX: usize = 5_000;

pub(super) async fn list(shared: &Shared) -> Result<Tell, Denial> {
    confirmed(shared).await?;
    let mut jobs: Vec<JobSummary> = shared.replica.read(|state| {
        let jobs = state.jobs().iter();
        jobs.map(|(job, state)| summary(job, state)).collect()
    });
    jobs.sort_by_key(|job| std::cmp::Reverse(job.submitted_ms));
    jobs.truncate(JOBS_MAX);
    Ok(Tell::Jobs(jobs))
}

pub(super) async fn one(shared: &Shared, job: &JobId) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    let board = leading.window.board(job);
    let found = shared.replica.read(|state| {
        let state = state.job(job)?;
        Some((summary(job, state), report(state)))
    });
    let (summary, report) = found.ok_or_else(|| not_found("job", job))?;
    Ok(Tell::Job(Box::new(JobStatus {
        summary,
        progress: board.map(|board| board.progress()),
        report,
    })))
}

/// Tells how a job goes on, until it has ended or another leads.
pub(super) async fn watch(shared: &Shared, mut stream: Stream, job: &JobId) -> Result<(), Broken> {
    let denial = match follow(shared, &mut stream, job).await? {
        Ok(report) => {
            stream.send(&Tell::Report(Box::new(report))).await?;
            return Ok(stream.sending.finish()?);
        }
        Err(denial) => denial,
    };
    stream.send(&Tell::No(denial)).await?;
    Ok(stream.sending.finish()?)
}

async fn follow(
    shared: &Shared,
    stream: &mut Stream,
    job: &JobId,
) -> Result<Result<JobReport, Denial>, Broken> {
    let leading = match confirmed(shared).await {
        Ok(leading) => leading,
        Err(denial) => return Ok(Err(denial)),
    };
    let mut told = None;
    let mut said = Instant::now();
    loop {
        let found = shared.replica.read(|state| state.job(job).map(report));
        match found {
            None => return Ok(Err(not_found("job", job))),
            Some(Some(report)) => return Ok(Ok(report)),
            Some(None) => {}
        }
        let still = shared
            .leading()
            .is_some_and(|now| now.epoch == leading.epoch);
        if !still {
            return Ok(Err(shared.not_leader()));
        }
        if let Some(board) = leading.window.board(job) {
            let progress = board.progress();
            if told.as_ref() != Some(&progress) || said.elapsed() >= SAY_AT_LEAST {
                stream.send(&Tell::Progress(progress.clone())).await?;
                (told, said) = (Some(progress), Instant::now());
            }
        }
        sleep(LOOK).await;
    }
}

/// Answers once the job has ended.
pub(super) async fn cancel(shared: &Arc<Shared>, job: &JobId) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    let known = shared.replica.read(|state| state.job(job).is_some());
    if !known {
        return Err(not_found("job", job));
    }
    let sent = leading.events.send(Event::Cancel(job.clone()));
    sent.map_err(|_| shared.not_leader())?;
    loop {
        let ended = |job: &JobState| job.report.is_some();
        if shared
            .replica
            .read(|state| state.job(job).is_none_or(ended))
        {
            return Ok(Tell::Done);
        }
        let still = shared
            .leading()
            .is_some_and(|now| now.epoch == leading.epoch);
        if !still {
            return Err(shared.not_leader());
        }
        sleep(LOOK).await;
    }
}

pub(super) fn report(state: &JobState) -> Option<JobReport> {
    JobReport::from_bytes(state.report.as_deref()?)
}

fn summary(job: &JobId, state: &JobState) -> JobSummary {
    let report = report(state);
    // Of a job that has ended, only its report is kept.
    let (splits_done, splits) = report.as_ref().map_or_else(
        || state.splits(),
        |report| (report.splits_done, report.splits),
    );
    JobSummary {
        job: job.clone(),
        pipeline: state.spec.pipeline.name().to_owned(),
        submitted_ms: state.spec.submitted_ms,
        state: phase(state, report.as_ref()).to_owned(),
        splits_done,
        splits,
    }
}

fn phase(state: &JobState, report: Option<&JobReport>) -> &'static str {
    if state.report.is_some() {
        return match report.map(|report| &report.outcome) {
            Some(Outcome::Committed) => "committed",
            Some(Outcome::Cancelled) => "cancelled",
            Some(Outcome::Failed(_)) => "failed",
            None => "ended",
        };
    }
    match state.decision {
        Some(Decision::Commit) => "committing",
        Some(Decision::Abort) => "aborting",
        None if state.stages.iter().all(|stage| stage.splits.is_none()) => "planning",
        None => "running",
    }
}
