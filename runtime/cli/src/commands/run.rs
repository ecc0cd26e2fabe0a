//! `bubbles run`: a pipeline, here, to its end.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bubbles::{Job, JobReport, Options, Outcome, Pipeline, RunError, Talk};

use crate::interrupt::Interrupts;
use crate::output::{self, Format};
use crate::progress::Follower;
use crate::{escape, failure, report_table};

/// Between two looks at a running job: as often as people see a difference.
const LOOK: Duration = Duration::from_millis(100);

/// Runs a pipeline on this machine.
///
/// Ctrl-C stops the job and removes what it had prepared; a second one ends at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// A pipeline file, or a folder that holds pipeline.toml.
    pipeline: PathBuf,
    /// How the report is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Attempts at once [default: the number of cores].
    #[arg(long, value_name = "N")]
    slots: Option<NonZeroUsize>,
    /// Show no progress and print no report for people: errors only.
    #[arg(long, short)]
    quiet: bool,
}

impl Run {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let (job, base) = match self.start(&interrupts) {
            // A compiler that got the same Ctrl-C fails: that is no fault of the plugin.
            Err(error) => {
                interrupts.check()?;
                return Err(error);
            }
            Ok(started) => started,
        };
        let mut follower = Follower::new(self.quiet);
        let report = follow(&job, &mut follower, &interrupts);
        follower.finish();
        drop(job);
        self.show(&report, &base)?;
        Ok(bubbles::exit_code(&report.outcome))
    }

    /// The running job, and the folder that its relative places start at.
    fn start(&self, interrupts: &Interrupts) -> anyhow::Result<(Job, PathBuf)> {
        let talk = if self.quiet {
            Talk::Quiet
        } else {
            Talk::Stderr
        };
        let options = Options {
            slots: self.slots,
            talk,
            ..Options::default()
        };
        let definition = Pipeline::from_file(&self.pipeline).map_err(RunError::from)?;
        let prepared = definition.prepare(&options)?;
        interrupts.check()?;
        let base = prepared.pipeline().base().to_owned();
        Ok((prepared.start()?, base))
    }

    fn show(&self, report: &JobReport, base: &Path) -> anyhow::Result<()> {
        match (self.output, &report.outcome) {
            (Format::Json, _) => output::print_json(&report_table::document(report, base))?,
            (Format::Table, Outcome::Committed) if !self.quiet => {
                output::print(&report_table::render(report, base))?;
            }
            (Format::Table, _) => {}
        }
        match &report.outcome {
            Outcome::Committed => {}
            Outcome::Cancelled => output::say("interrupted: no output of this job is visible"),
            Outcome::Failed(cause) => {
                failure::say_error(&failure::job_failure(cause), cause.help.as_deref());
                for (what, file) in [("rejects", &report.rejects), ("plugin log", &report.log)] {
                    if let Some(file) = file {
                        output::say(&format!(
                            "{what}: {}",
                            escape::line(&file.to_string_lossy())
                        ));
                    }
                }
                output::say("no output of this job is visible");
            }
        }
        Ok(())
    }
}

/// Shows how far the job is until it ends, and cancels it when asked to.
fn follow(job: &Job, follower: &mut Follower, interrupts: &Interrupts) -> JobReport {
    let mut cancelled = false;
    loop {
        let report = job.wait_timeout(LOOK);
        follower.update(&job.progress());
        if let Some(report) = report {
            return report;
        }
        if interrupts.asked() && !cancelled {
            cancelled = true;
            follower.say("stopping the job; press Ctrl-C again to end without cleaning up");
            job.cancel();
        }
    }
}
