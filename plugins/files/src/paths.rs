//! Paths as they stand in a task's configuration, marked with the grant they need.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The files a task reads: one path, URL or pattern (`*`, `**`, `?`), or a list of them. Needs a
/// `read` grant for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// `path = "data/*.csv"`
    One(String),
    /// `path = ["a.csv", "b.csv"]`
    Many(Vec<String>),
}

impl Paths {
    /// The paths, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Many(paths) => paths.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

impl JsonSchema for Paths {
    fn schema_name() -> Cow<'static, str> {
        "Paths".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "items": { "type": "string", "minLength": 1 },
            "minLength": 1,
            "minItems": 1,
            "x-grant": "read",
        })
    }
}

/// Where a load task writes: a folder (the path ends in `/`) that gets a part for every split, or
/// one file. Needs a `write` grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutputPath(pub String);

impl JsonSchema for OutputPath {
    fn schema_name() -> Cow<'static, str> {
        "OutputPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "x-grant": "write" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_a_list_of_paths() {
        let one: Paths = serde_json::from_str(r#""a.csv""#).unwrap();
        let many: Paths = serde_json::from_str(r#"["a.csv", "b/*.csv"]"#).unwrap();
        assert_eq!(one.iter().collect::<Vec<_>>(), ["a.csv"]);
        assert_eq!(many.iter().collect::<Vec<_>>(), ["a.csv", "b/*.csv"]);
    }
}
