//! The command line of Bubbles: `bubbles run`, `check`, `inspect`, `build`, `new`, and what is asked
//! of a cluster: `login`, `deploy`, `plugins`, `nodes`, `jobs`, `job`, `logs`, `rejects`, `cancel`, `token`.
//!
//! Data goes to standard output, words for people to standard error. Exit codes:
//! 0 done, 1 the job failed, 2 the pipeline or the command is wrong, 3 the
//! environment is, 130 interrupted.

mod cluster;
mod commands;
mod escape;
mod failure;
mod interrupt;
mod output;
mod plan_text;
mod progress;
mod report_table;
mod schema;
mod template;
mod units;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let command = commands::CommandLine::parse();
    init_tracing();
    match command.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => ExitCode::from(failure::show(&error)),
    }
}

/// The runtime's own log, to standard error: `BUBBLES_LOG=debug`, or by part,
/// as in `BUBBLES_LOG=bubbles_node=debug,warn`. Otherwise warnings, and what makes one wait.
fn init_tracing() {
    let level = tracing_subscriber::EnvFilter::try_from_env("BUBBLES_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,bubbles_compiling=info"));
    tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_writer(std::io::stderr)
        .with_ansi(output::is_colourful())
        .with_target(false)
        .without_time()
        .init();
}
