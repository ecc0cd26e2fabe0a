//! Lines for the job's log: `log::info(format_args!("{n} rows"))`.

use std::fmt;

use crate::host;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For who writes the plugin.
    Debug,
    /// For who runs the job.
    Info,
    /// Something is odd; the job goes on.
    Warn,
    /// Something is wrong.
    Error,
}

/// A line for who writes the plugin.
pub fn debug(message: impl fmt::Display) {
    log(Level::Debug, message);
}

/// A line for who runs the job.
pub fn info(message: impl fmt::Display) {
    log(Level::Info, message);
}

/// Something is odd; the job goes on.
pub fn warn(message: impl fmt::Display) {
    log(Level::Warn, message);
}

/// Something is wrong.
pub fn error(message: impl fmt::Display) {
    log(Level::Error, message);
}

/// A line of the given level.
pub fn log(level: Level, message: impl fmt::Display) {
    host::log(level, &message.to_string());
}
