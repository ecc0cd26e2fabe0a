//! The commands, one file each.

mod build;
mod cancel;
mod check;
mod completions;
mod deploy;
mod inspect;
mod job;
mod jobs;
mod login;
mod logs;
mod new;
mod nodes;
mod plugins;
mod rejects;
mod run;
mod token;

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
    Login(login::Login),
    Deploy(deploy::Deploy),
    Plugins(plugins::Plugins),
    Nodes(nodes::Nodes),
    Jobs(jobs::Jobs),
    Job(job::Job),
    Logs(logs::Logs),
    Rejects(rejects::Rejects),
    Cancel(cancel::Cancel),
    Token(token::Token),
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
            Command::Login(command) => command.run(),
            Command::Deploy(command) => command.run(),
            Command::Plugins(command) => command.run(),
            Command::Nodes(command) => command.run(),
            Command::Jobs(command) => command.run(),
            Command::Job(command) => command.run(),
            Command::Logs(command) => command.run(),
            Command::Rejects(command) => command.run(),
            Command::Cancel(command) => command.run(),
            Command::Token(command) => command.run(),
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
