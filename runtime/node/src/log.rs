//! The log, to standard error: `--log`, `--log-format`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// Logs from now on what `filter` lets through, which has been read before.
pub(crate) fn init(filter: &str, format: LogFormat) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(quieted(filter)))
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(is_colourful()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

/// What the consensus says of itself drowns the rest, unless it is asked for by name.
fn quieted(filter: &str) -> String {
    if filter.contains("openraft") {
        filter.to_owned()
    } else {
        format!("{filter},openraft=error")
    }
}

fn is_colourful() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !plain
}
