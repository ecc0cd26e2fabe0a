//! `bubbles check`: a pipeline's plan, without running it.

use std::path::PathBuf;

use bubbles::{ClusterChoice, Options, Pipeline, RunError, Talk};

use crate::interrupt::Interrupts;
use crate::output::{self, Format};
use crate::plan_text;

/// Checks a pipeline and shows how it would run.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// A pipeline file, or a folder that holds pipeline.toml.
    pipeline: PathBuf,
    /// With the plugins that are deployed to the cluster.
    #[arg(long)]
    cluster: bool,
    /// How the plan is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Check {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let definition = Pipeline::from_file(&self.pipeline).map_err(RunError::from)?;
        let options = Options {
            cluster: self.cluster.then_some(ClusterChoice::Found),
            talk: Talk::Stderr,
            ..Options::default()
        };
        let prepared = definition.prepare(&options);
        interrupts.check()?;
        let prepared = prepared?;
        match self.output {
            Format::Table => {
                output::print(&plan_text::render(prepared.pipeline(), prepared.plan()))?;
            }
            Format::Json => {
                output::print_json(&plan_text::document(prepared.pipeline(), prepared.plan()))?;
            }
        }
        Ok(0)
    }
}
