//! Columns that JSON has no form for.

use std::error::Error;
use std::fmt;

use arrow_schema::DataType;

/// Why a column cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsupported {
    /// Nothing in JSON stands for the type.
    Type(DataType),
    /// A time zone that is no offset.
    Zone(String),
    /// The keys of a map are not text.
    MapKeys(DataType),
    /// A map has a null among its keys or entries.
    MapNulls,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(ty) => write!(f, "{ty} has no form in json"),
            Self::Zone(zone) => write!(
                f,
                "the time zone {zone:?} is not an offset such as \"+01:00\""
            ),
            Self::MapKeys(ty) => write!(f, "a map's keys are {ty}, and json has them as text"),
            Self::MapNulls => f.write_str("a map has a null among its keys or entries"),
        }
    }
}

impl Error for Unsupported {}
