//! One task of a pipeline, as it stands after all checks.

use std::{fmt, num::NonZeroU32, path::PathBuf, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Grants, Kind, Label, TaskName};

/// A task and where it stands in its pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Unique in the pipeline.
    pub name: TaskName,
    /// Which part of its plugin it runs.
    pub kind: Kind,
    /// The code.
    pub plugin: PluginRef,
    /// Handed to the plugin as it stands: an object, empty when nothing was written.
    #[serde(with = "json_text")]
    pub config: serde_json::Value,
    /// What it reads, in the order in which it reads it. Empty for an extract alone.
    pub inputs: Vec<Input>,
    /// Everything it reads comes together in one partition.
    pub gather: bool,
    /// The columns as written on the task; what each input has, is in [`Input::partition_by`].
    pub partition_by: Vec<String>,
    /// What becomes of records that cannot be used.
    pub on_error: OnError,
    /// What it may reach.
    pub grants: Grants,
    /// What it may use; a `None` leaves it to the engine's default.
    pub limits: Limits,
    /// Only nodes of this label run it.
    pub on: Option<Label>,
    /// How many attempts at it run at once, and into how many partitions its input is cut by key.
    pub parallelism: Option<NonZeroU32>,
}

/// One thing that a task reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The task whose output it is.
    pub from: TaskIndex,
    /// Rows equal in these columns meet in one partition. Empty: not partitioned.
    pub partition_by: Vec<String>,
    /// Every partition reads all of it.
    pub broadcast: bool,
}

/// Which task of a pipeline: its place among [`crate::Pipeline::tasks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskIndex(pub usize);

/// Where a task's code is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PluginRef {
    /// A built-in or deployed plugin: `name` or `name@version`.
    Named {
        /// Its name.
        name: String,
        /// The version asked for; `None` takes the newest.
        version: Option<String>,
    },
    /// A `.wasm` file or a plugin's folder, as written: relative to [`crate::Pipeline::base`].
    Path(PathBuf),
}

impl fmt::Display for PluginRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named {
                name,
                version: None,
            } => write!(f, "{name}"),
            Self::Named {
                name,
                version: Some(version),
            } => write!(f, "{name}@{version}"),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why a text names no plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadPlugin {
    /// There is nothing in it.
    #[error("no plugin is named")]
    Empty,
    /// Neither a path nor a plain name.
    #[error("the name of a plugin has letters, digits, `-` and `_` only, not {0:?}")]
    Character(char),
    /// An `@` with no version after it.
    #[error("there is no version after the `@`")]
    Version,
}

impl FromStr for PluginRef {
    type Err = BadPlugin;

    /// What has a `/` or ends in `.wasm` is a path, all else a name.
    fn from_str(text: &str) -> Result<Self, BadPlugin> {
        let odd = |text: &str, more: &[char]| {
            text.chars()
                .find(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c) && !more.contains(c))
        };
        let folder = text == "." || text == "..";
        if folder || text.contains(['/', '\\']) || text.ends_with(".wasm") {
            return match text.chars().find(|c| c.is_control()) {
                Some(control) => Err(BadPlugin::Character(control)),
                None => Ok(Self::Path(PathBuf::from(text))),
            };
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(BadPlugin::Empty);
        }
        if version == Some("") {
            return Err(BadPlugin::Version);
        }
        match odd(name, &[]).or_else(|| odd(version.unwrap_or_default(), &['.', '+'])) {
            Some(odd) => Err(BadPlugin::Character(odd)),
            None => Ok(Self::Named {
                name: name.into(),
                version: version.map(Into::into),
            }),
        }
    }
}

/// What becomes of a record that cannot be read or used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The job fails with the reason.
    #[default]
    Fail,
    /// It is put aside with the reason, and the rest goes on.
    Reject,
}

impl fmt::Display for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fail => "fail",
            Self::Reject => "reject",
        })
    }
}

/// What a task may use at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Linear memory of one instance, in bytes.
    pub memory: Option<u64>,
    /// CPU time of one call.
    pub timeout: Option<Duration>,
}

/// JSON kept as its text, so that formats that do not describe themselves can carry it too.
pub(crate) mod json_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub(crate) fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        let text = String::deserialize(from)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_names_or_paths() {
        let named = |name: &str, version: Option<&str>| PluginRef::Named {
            name: name.into(),
            version: version.map(Into::into),
        };
        assert_eq!("csv".parse(), Ok(named("csv", None)));
        assert_eq!(
            "geo-code@1.2.0+x".parse(),
            Ok(named("geo-code", Some("1.2.0+x")))
        );
        for path in [
            "./late.wasm",
            "late.wasm",
            "plugins/late/",
            "..",
            "/opt/late.wasm",
        ] {
            assert_eq!(path.parse(), Ok(PluginRef::Path(path.into())));
        }
        assert_eq!("".parse::<PluginRef>(), Err(BadPlugin::Empty));
        assert_eq!("@1".parse::<PluginRef>(), Err(BadPlugin::Empty));
        assert_eq!("csv@".parse::<PluginRef>(), Err(BadPlugin::Version));
        assert_eq!("c s v".parse::<PluginRef>(), Err(BadPlugin::Character(' ')));
    }

    #[test]
    fn a_plugin_is_shown_as_it_was_written() {
        for text in ["csv", "csv@1.2", "./late.wasm"] {
            assert_eq!(
                text.parse::<PluginRef>().map(|plugin| plugin.to_string()),
                Ok(text.into())
            );
        }
    }
}
