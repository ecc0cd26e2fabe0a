//! Why a row cannot be read or written.

use std::fmt;

/// Why a row cannot be read or written, in serde's words.
#[derive(Debug)]
pub(crate) struct Reason(String);

impl Reason {
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }

    /// The same with the column in front.
    #[cold]
    pub(super) fn of_column(self, name: &str) -> Self {
        Self(format!("column `{name}`: {}", self.0))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}

impl serde::de::Error for Reason {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl serde::ser::Error for Reason {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}
