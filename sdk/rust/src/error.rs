//! Why a task could not go on.

use std::fmt;

use arrow_schema::ArrowError;

/// Why a task could not go on. The case tells the runtime what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// This input is bad and always will be: handled as the task's `on-error` says.
    Invalid(String),
    /// It may work later (a busy server, a lost connection): tried again after a while.
    Transient(String),
    /// The job cannot go on: it fails with this message.
    Fatal(String),
}

impl Error {
    /// The input is bad: `Error::invalid(format!("row {n} has no key"))`.
    pub fn invalid(message: impl fmt::Display) -> Self {
        Self::Invalid(message.to_string())
    }

    /// It may work later.
    pub fn transient(message: impl fmt::Display) -> Self {
        Self::Transient(message.to_string())
    }

    /// The job cannot go on.
    pub fn fatal(message: impl fmt::Display) -> Self {
        Self::Fatal(message.to_string())
    }

    /// What is told to people.
    pub fn message(&self) -> &str {
        match self {
            Self::Invalid(message) | Self::Transient(message) | Self::Fatal(message) => message,
        }
    }

    /// The same case, with what was being done in front of the message.
    pub fn context(self, doing: impl fmt::Display) -> Self {
        match self {
            Self::Invalid(message) => Self::Invalid(format!("{doing}: {message}")),
            Self::Transient(message) => Self::Transient(format!("{doing}: {message}")),
            Self::Fatal(message) => Self::Fatal(format!("{doing}: {message}")),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}

/// What arrow cannot read or compute is bad input.
impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Self::invalid(error)
    }
}
