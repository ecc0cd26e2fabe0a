//! `bubbles jobs`: what runs on the cluster, and what ran.

use std::time::{SystemTime, UNIX_EPOCH};

use bubbles::JobSummary;
use comfy_table::CellAlignment;
use serde_json::{Value, json};

use crate::output::{self, Format};
use crate::report_table::{cell, table};
use crate::{cluster, units};

/// Lists the jobs of the cluster, the newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Jobs {
    /// How they are written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Jobs {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let jobs = cluster::open()?.jobs()?;
        match self.output {
            Format::Table if jobs.is_empty() => {
                output::say("no job is known: bubbles run PIPELINE --cluster");
            }
            Format::Table => output::print(&text(&jobs, now_ms()))?,
            Format::Json => {
                let jobs: Vec<Value> = jobs.iter().map(document).collect();
                output::print_json(&jobs)?;
            }
        }
        Ok(0)
    }
}

fn text(jobs: &[JobSummary], now_ms: u64) -> String {
    let mut table = table();
    table.set_header(["job", "pipeline", "state", "splits", "submitted"]);
    for job in jobs {
        table.add_row([
            cell(&job.job.0),
            cell(&job.pipeline),
            cell(&job.state),
            cell(&splits(job)),
            cell(&age(job, now_ms)),
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// `3 of 8`, or nothing where none are known yet.
pub(super) fn splits(job: &JobSummary) -> String {
    match job.splits {
        0 => "-".to_owned(),
        splits => format!(
            "{} of {}",
            units::count(job.splits_done),
            units::count(splits)
        ),
    }
}

/// `5 minutes ago`, in the largest unit that fits.
pub(super) fn age(job: &JobSummary, now_ms: u64) -> String {
    let seconds = now_ms.saturating_sub(job.submitted_ms) / 1000;
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} ago", units::plural(number, unit))
}

/// By this machine's clock, as ages are shown.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_millis() as u64
}

/// A job as JSON.
pub(super) fn document(job: &JobSummary) -> Value {
    json!({
        "job": job.job.0,
        "pipeline": job.pipeline,
        "submitted_ms": job.submitted_ms,
        "state": job.state,
        "splits_done": job.splits_done,
        "splits": job.splits,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use bubbles::JobId;

    pub(in crate::commands) fn job() -> JobSummary {
        JobSummary {
            job: JobId("1a20403d12e-d0bd9d".to_owned()),
            pipeline: "late-flights".to_owned(),
            submitted_ms: 1_000_000,
            state: "running".to_owned(),
            splits_done: 3,
            splits: 8,
        }
    }

    #[test]
    fn each_job_has_a_line() {
        let text = text(&[job()], 1_000_000 + 61_000);
        let last: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
        let expected = "1a20403d12e-d0bd9d late-flights running 3 of 8 1 minute ago";
        assert_eq!(last.join(" "), expected);
    }

    #[test]
    fn ages_take_the_unit_that_fits() {
        let age = |seconds: u64| age(&job(), 1_000_000 + seconds * 1000);
        assert_eq!(age(0), "0 seconds ago");
        assert_eq!(age(7200), "2 hours ago");
        assert_eq!(age(400_000), "4 days ago");
        // A clock that is behind.
        assert_eq!(super::age(&job(), 0), "0 seconds ago");
    }

    #[test]
    fn the_document_has_all_of_it() {
        let document = document(&job());
        assert_eq!(document["job"], "1a20403d12e-d0bd9d");
        assert_eq!(document["submitted_ms"], 1_000_000);
        assert_eq!(document["splits"], 8);
    }
}
