//! The program `bubbles-node`: a node of a cluster, as a service runs it.
//!
//! [`settings`] is what it is told, [`http`] what those who watch it ask, [`signals`] how it is
//! stopped, [`compiler`] how it compiles plugins. All else is the library's. What it logs and says
//! goes to standard error.
//! Exit codes: 0 stopped as asked, 1 not ready (of `--check`), 2 a setting is wrong, 3 the
//! machine or the cluster does not allow it, 130 ended by a second signal.

mod compiler;
mod folders;
mod http;
mod log;
mod run;
mod settings;
mod signals;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;

use settings::{Flags, Settings, SettingsError};

/// For what the runtime's threads still do when everything has been shut down.
const THREADS_END_WITHIN: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    if let Some(code) = compiler::called() {
        return code;
    }
    let flags = Flags::parse();
    let done = if flags.check {
        check(flags)
    } else {
        serve(flags).map(|()| 0)
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("error: {error:#}"));
            let setting = error.is::<SettingsError>();
            ExitCode::from(if setting { 2 } else { 3 })
        }
    }
}

/// Runs the node until it is asked to stop, or cannot go on.
fn serve(flags: Flags) -> anyhow::Result<()> {
    let mut settings = Settings::read(flags)?;
    let invitation = settings
        .join
        .take()
        .map(settings::Token::read)
        .transpose()?;
    log::init(&settings.log, settings.log_format);
    folders::prepare(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("io")
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let ended = runtime.block_on(run::run(&settings, invitation.flatten()));
    runtime.shutdown_timeout(THREADS_END_WITHIN);
    ended
}

/// Asks a running node whether it is ready; gives the exit code.
fn check(flags: Flags) -> anyhow::Result<u8> {
    let settings = Settings::read(flags)?;
    let address = settings.http.ok_or(SettingsError::NothingToCheck)?;
    match http::is_ready(address) {
        Ok(()) => Ok(0),
        Err(error) => {
            say(&format!("{error:#}"));
            Ok(1)
        }
    }
}

/// Tells people something on standard error. That nobody reads it is no error.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}
