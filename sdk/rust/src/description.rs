//! What a plugin says about each of its tasks.

use schemars::JsonSchema;
use serde_json::Value;

use crate::{Extract, Format, Load, Transform};

/// What a task does in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reads a source.
    Extract,
    /// Turns chunks into chunks.
    Transform,
    /// Writes a destination.
    Load,
}

/// What a plugin says about one of its tasks: read by people, and by the checks before a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// What the task does in a pipeline.
    pub kind: Kind,
    /// One line for people.
    pub summary: String,
    /// Formats it reads, best first. Empty for an extract.
    pub accepts: Vec<Format>,
    /// The format it emits. None for a load.
    pub produces: Option<Format>,
    /// JSON Schema of its configuration.
    pub config_schema: Value,
    /// Equal input and configuration always give equal output.
    pub deterministic: bool,
    /// It can work before an exchange by key and again after it.
    pub combinable: bool,
}

impl Description {
    /// Describes an extract.
    pub fn of_extract<T: Extract>() -> Self {
        Self {
            kind: Kind::Extract,
            summary: T::SUMMARY.to_owned(),
            accepts: Vec::new(),
            produces: Some(T::PRODUCES),
            config_schema: schema::<T::Config>(),
            deterministic: T::DETERMINISTIC,
            combinable: false,
        }
    }

    /// Describes a transform.
    pub fn of_transform<T: Transform>() -> Self {
        Self {
            kind: Kind::Transform,
            summary: T::SUMMARY.to_owned(),
            accepts: T::ACCEPTS.to_vec(),
            produces: Some(T::PRODUCES),
            config_schema: schema::<T::Config>(),
            deterministic: T::DETERMINISTIC,
            combinable: T::COMBINABLE,
        }
    }

    /// Describes a load.
    pub fn of_load<T: Load>() -> Self {
        Self {
            kind: Kind::Load,
            summary: T::SUMMARY.to_owned(),
            accepts: T::ACCEPTS.to_vec(),
            produces: None,
            config_schema: schema::<T::Config>(),
            deterministic: true,
            combinable: false,
        }
    }
}

fn schema<C: JsonSchema>() -> Value {
    schemars::schema_for!(C).to_value()
}
