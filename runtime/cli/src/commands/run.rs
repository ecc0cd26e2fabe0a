//! `bubbles run`: a pipeline, here or on a cluster, to its end.

mod follow;
mod places;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bubbles::{ClusterChoice, Job, JobReport, Options, Outcome, Pipeline, RunError, Talk};

use crate::interrupt::{self, Interrupts};
use crate::output::{self, Format};
use crate::progress::Follower;
use crate::report_table::{self, Kept};
use crate::{escape, failure};
use follow::Followed;

/// Runs a pipeline on this machine, or with --cluster on a cluster.
///
/// Ctrl-C stops the job and removes what it had prepared; on a cluster it asks whether to do so or to
/// leave the job to the cluster, and without a terminal leaves it. A second one ends at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// A pipeline file, or a folder that holds pipeline.toml.
    pipeline: PathBuf,
    /// Run it on the cluster that `bubbles login` let you into, or whose profile is in the folder
    /// that BUBBLES_CLUSTER names.
    #[arg(long)]
    cluster: bool,
    /// How the report is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Attempts at once [default: the number of cores].
    #[arg(long, value_name = "N", conflicts_with = "cluster")]
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
        let follower = Follower::new(self.quiet);
        let followed = if self.cluster {
            follow::on_cluster(&job, follower, &interrupts, self.quiet)
        } else {
            follow::here(&job, follower, &interrupts)
        };
        let id = job.id().to_owned();
        drop(job);
        match followed {
            Ok(Followed::Ended(report)) => {
                self.show(&report, &base)?;
                Ok(bubbles::exit_code(&report.outcome))
            }
            Ok(Followed::Detached) => {
                output::say(&detached(&id));
                Ok(interrupt::EXIT_CODE)
            }
            Err(error) => {
                output::say(&format!("the job may still run: bubbles job {id}"));
                Err(error.into())
            }
        }
    }

    /// The running job, and the folder that its relative places start at.
    fn start(&self, interrupts: &Interrupts) -> anyhow::Result<(Job, PathBuf)> {
        let talk = if self.quiet {
            Talk::Quiet
        } else {
            Talk::Stderr
        };
        let options = Options {
            cluster: self.cluster.then_some(ClusterChoice::Found),
            slots: self.slots,
            talk,
            ..Options::default()
        };
        let definition = Pipeline::from_file(&self.pipeline).map_err(RunError::from)?;
        let prepared = definition.prepare(&options)?;
        interrupts.check()?;
        let base = prepared.pipeline().base().to_owned();
        let tells = self.cluster && !self.quiet;
        if tells {
            for line in places::lines(prepared.pipeline()) {
                output::say(&line);
            }
        }
        let job = prepared.start()?;
        if tells {
            output::say(&format!("job {}", job.id()));
        }
        Ok((job, base))
    }

    fn kept(&self) -> Kept {
        if self.cluster {
            Kept::OnCluster
        } else {
            Kept::Here
        }
    }

    fn show(&self, report: &JobReport, base: &Path) -> anyhow::Result<()> {
        let kept = self.kept();
        match (self.output, &report.outcome) {
            (Format::Json, _) => output::print_json(&report_table::document(report, base))?,
            (Format::Table, Outcome::Committed) if !self.quiet => {
                output::print(&report_table::render(report, base, kept))?;
            }
            (Format::Table, _) => {}
        }
        match &report.outcome {
            Outcome::Committed => {}
            Outcome::Cancelled if self.cluster => {
                output::say("cancelled: no output of this job is visible");
            }
            Outcome::Cancelled => output::say("interrupted: no output of this job is visible"),
            Outcome::Failed(cause) => {
                failure::say_error(&failure::job_failure(cause), cause.help.as_deref());
                for (what, place) in [
                    ("rejects", kept.rejects(report)),
                    ("plugin log", kept.log(report)),
                ] {
                    if let Some(place) = place {
                        output::say(&format!("{what}: {place}"));
                    }
                }
                output::say("no output of this job is visible");
            }
        }
        Ok(())
    }
}

fn detached(job: &str) -> String {
    let job = escape::line(job);
    format!(
        "detached: the job goes on. Look at it with: bubbles job {job}; stop it with: bubbles cancel {job}"
    )
}
