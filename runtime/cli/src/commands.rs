//! The commands, one file each.

mod build;
mod check;
mod completions;
mod inspect;
mod new;
mod run;

use clap::{Parser, Subcommand};

/// Runs extract, transform and load tasks in sandboxes.
#[derive(Debug, Parser)]
#[command(
    name = "bubbles",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Build(build::Build),
    New(new::New),
    Completions(completions::Completions),
}

impl CommandLine {
    /// Does what was asked; gives the exit code.
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        match self.command {
            Command::Run(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Inspect(command) => command.run(),
            Command::Build(command) => command.run(),
            Command::New(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_fit_together() {
        CommandLine::command().debug_assert();
    }
}
