//! Names that people give: of tasks, pipelines and labels.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A name longer than this would not fit a line of a table or a file name with a suffix.
const MAX_LENGTH: usize = 64;

/// The name of a task, unique in its pipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskName(String);

/// What a node is called by those who place work: `on = "gpu"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadName {
    /// There is nothing in it.
    #[error("a name cannot be empty")]
    Empty,
    /// It is longer than names may be.
    #[error("a name has at most {MAX_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// A character that names do not have.
    #[error("a name has letters, digits, `-` and `_` only, not {0:?}")]
    Character(char),
    /// It starts with `-` or `_`.
    #[error("a name starts with a letter or a digit, not {0:?}")]
    Start(char),
}

/// Names become parts of file names, URLs and command lines: only what is plain in all of them.
pub(crate) fn check(name: &str) -> Result<(), BadName> {
    let first = name.chars().next().ok_or(BadName::Empty)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if let Some(odd) = name.chars().find(|&c| !plain(c)) {
        return Err(BadName::Character(odd));
    }
    if !first.is_ascii_alphanumeric() {
        return Err(BadName::Start(first));
    }
    if name.len() > MAX_LENGTH {
        return Err(BadName::TooLong(name.len()));
    }
    Ok(())
}

/// The nearest thing to `text` that is a name: what an error proposes.
pub(crate) fn nearest(text: &str) -> Option<String> {
    let mut name: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    name.truncate(MAX_LENGTH);
    let name = name.trim_matches(['-', '_']).to_owned();
    (!name.is_empty()).then_some(name)
}

macro_rules! name {
    ($type:ident) => {
        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(TaskName);
name!(Label);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass() {
        for name in ["a", "by-carrier", "stage_2", "2013"] {
            assert_eq!(name.parse::<TaskName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn others_say_what_is_wrong() {
        assert_eq!(check(""), Err(BadName::Empty));
        assert_eq!(check("by carrier"), Err(BadName::Character(' ')));
        assert_eq!(check("../up"), Err(BadName::Character('.')));
        assert_eq!(check("-x"), Err(BadName::Start('-')));
        assert_eq!(check(&"x".repeat(65)), Err(BadName::TooLong(65)));
    }

    #[test]
    fn a_name_is_proposed() {
        assert_eq!(nearest("by carrier").as_deref(), Some("by-carrier"));
        assert_eq!(nearest("../up").as_deref(), Some("up"));
        assert_eq!(nearest("…"), None);
    }
}
