//! `bubbles job`: one job, looked at closely.

use std::path::Path;

use bubbles::{JobStatus, Outcome, Progress};
use serde_json::{Value, json};

use super::jobs;
use crate::output::{self, Format};
use crate::report_table::{self, Kept};
use crate::{cluster, escape, failure, progress};

/// Shows how far a job is, or how it ended.
#[derive(Debug, clap::Args)]
pub(crate) struct Job {
    /// The job's id, or its beginning.
    job: String,
    /// How it is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Job {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let (cluster, id) = cluster::open_job(&self.job)?;
        let job = cluster.job(&id)?;
        match self.output {
            Format::Table => output::print(&text(&job, jobs::now_ms()))?,
            Format::Json => output::print_json(&document(&job))?,
        }
        Ok(0)
    }
}

fn text(job: &JobStatus, now_ms: u64) -> String {
    let summary = &job.summary;
    let mut text = format!(
        "job {} of {}: {}, {} splits, submitted {}\n",
        escape::line(&summary.job.0),
        escape::line(&summary.pipeline),
        escape::line(&summary.state),
        jobs::splits(summary),
        jobs::age(summary, now_ms),
    );
    if let Some(report) = &job.report {
        if let Outcome::Failed(cause) = &report.outcome {
            text.push_str(&format!(
                "{}\n",
                escape::block(&failure::job_failure(cause), 2)
            ));
            if let Some(help) = &cause.help {
                text.push_str(&format!("help: {}\n", escape::block(help, 6)));
            }
        }
        text.push_str(&report_table::render(
            report,
            Path::new(""),
            Kept::OnCluster,
        ));
    } else if let Some(progress) = &job.progress {
        text.push_str(&stages(progress));
        if let Some(waiting) = &progress.waiting {
            text.push_str(&format!("it waits: {}\n", escape::line(waiting)));
        }
    }
    text
}

fn stages(progress: &Progress) -> String {
    let lines = progress.stages.iter().enumerate();
    let count = progress.stages.len();
    lines
        .map(|(index, stage)| format!("{}\n", progress::stage_line(index, count, stage)))
        .collect()
}

fn document(job: &JobStatus) -> Value {
    let mut document = jobs::document(&job.summary);
    document["progress"] = json!(job.progress);
    document["report"] = match &job.report {
        Some(report) => report_table::document(report, Path::new("")),
        None => Value::Null,
    };
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::{JobPhase, StageProgress};

    fn job() -> JobStatus {
        JobStatus {
            summary: jobs::tests::job(),
            progress: Some(Progress {
                phase: JobPhase::Running,
                stages: vec![StageProgress {
                    tasks: vec!["flights".to_owned()],
                    splits_done: 3,
                    splits: Some(8),
                    running: 2,
                    bytes: 4_000_000,
                    bytes_total: None,
                    rows: 27_004,
                    retries: 0,
                }],
                waiting: Some("no node with the label \"gpu\" is heard of".to_owned()),
            }),
            report: None,
        }
    }

    #[test]
    fn a_running_job_shows_its_stages() {
        let text = text(&job(), 1_005_000);
        let expected = "job 1a20403d12e-d0bd9d of late-flights: running, 3 of 8 splits, submitted \
                        5 seconds ago\n\
                        stage 1 of 1 (flights): 3 of 8 splits, 27,004 rows, 4.0 MB\n\
                        it waits: no node with the label \"gpu\" is heard of\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_document_has_all_of_it() {
        let document = document(&job());
        assert_eq!(document["state"], "running");
        assert_eq!(document["progress"]["phase"], "running");
        assert_eq!(document["progress"]["stages"][0]["rows"], 27_004);
        assert_eq!(document["report"], Value::Null);
    }
}
