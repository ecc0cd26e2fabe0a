//! Standard output and standard error: where what goes, and in which looks.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
}

/// Writes a result to standard output. A reader that stopped reading, such as
/// `head`, has what it wanted.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_on(text).map(drop)
}

/// The same, and whether there is somebody who reads on.
pub(crate) fn print_on(text: &str) -> anyhow::Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("writing to standard output"),
    }
}

/// Writes a result to standard output as one JSON document.
pub(crate) fn print_json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(document).context("writing JSON")?;
    text.push('\n');
    print(&text)
}

/// Tells people something on standard error. That nobody reads it is no error.
pub(crate) fn say(line: &str) {
    writeln!(io::stderr(), "{line}").ok();
}

/// Whether standard error is a terminal that draws more than plain text.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether standard error takes colours.
pub(crate) fn is_colourful() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether tables on standard output may be drawn with more than ASCII.
pub(crate) fn draws_lines() -> bool {
    io::stdout().is_terminal()
}
