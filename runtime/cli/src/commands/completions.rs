//! `bubbles completions`: what a shell needs to complete commands.

use clap::CommandFactory as _;

use super::CommandLine;
use crate::output;

/// Prints the completions of a shell.
///
/// For bash: bubbles completions bash > ~/.local/share/bash-completion/completions/bubbles
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell to complete for.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut CommandLine::command(),
            "bubbles",
            &mut script,
        );
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(0)
    }
}
