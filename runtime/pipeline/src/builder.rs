//! Pipelines from programs: the same checks as for a file, without places in a text.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use crate::{
    Grants, Kind, OnError, Pipeline, PipelineError,
    draft::{Draft, Unread, Written},
};

/// Gathers tasks, then checks them all.
#[derive(Debug, Clone)]
pub struct PipelineBuilder {
    name: String,
    base: PathBuf,
    tasks: Vec<TaskSpec>,
}

/// A task as someone wrote it: nothing is checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSpec {
    /// Unique in the pipeline.
    pub name: String,
    /// Which part of the plugin to run.
    pub kind: Kind,
    /// `name`, `name@version`, or the path of a `.wasm` file or a plugin's folder.
    pub plugin: String,
    /// An object, or null for none.
    pub config: serde_json::Value,
    /// What it reads; `None` is the task before it (and nothing, for an extract).
    pub from: Option<Vec<FromSpec>>,
    /// Columns for every input that has none of its own.
    pub partition_by: Vec<String>,
    /// Everything comes together in one partition.
    pub gather: bool,
    /// What becomes of records that cannot be used.
    pub on_error: OnError,
    /// What it may reach.
    pub grants: Grants,
    /// Linear memory in bytes.
    pub memory: Option<u64>,
    /// CPU time of one call.
    pub timeout: Option<Duration>,
    /// Only nodes of this label run it.
    pub on: Option<String>,
    /// Attempts at once, and partitions by key.
    pub parallelism: Option<NonZeroU32>,
}

/// One entry of `from`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromSpec {
    /// The name of the task to read from.
    pub task: String,
    /// Columns of its own for this input.
    pub partition_by: Vec<String>,
    /// Every partition reads all of it.
    pub broadcast: bool,
}

impl TaskSpec {
    /// A task that reads from the one before it, with no configuration, grants or limits.
    pub fn new(name: impl Into<String>, kind: Kind, plugin: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            plugin: plugin.into(),
            config: serde_json::Value::Null,
            from: None,
            partition_by: Vec::new(),
            gather: false,
            on_error: OnError::Fail,
            grants: Grants::default(),
            memory: None,
            timeout: None,
            on: None,
            parallelism: None,
        }
    }
}

impl FromSpec {
    /// Plain input from the named task.
    pub fn new(task: impl Into<String>) -> Self {
        Self {
            task: task.into(),
            ..Self::default()
        }
    }
}

impl PipelineBuilder {
    pub(crate) fn new(name: String, base: PathBuf) -> Self {
        Self {
            name,
            base,
            tasks: Vec::new(),
        }
    }

    /// Adds a task after those already there.
    #[must_use]
    pub fn task(mut self, task: TaskSpec) -> Self {
        self.tasks.push(task);
        self
    }

    /// Checks the whole.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn build(self) -> Result<Pipeline, PipelineError> {
        let unread = Unread::default();
        let tasks = self
            .tasks
            .into_iter()
            .map(|spec| Written { spec, unread })
            .collect();
        let (name, base) = (Some(self.name), self.base);
        Draft {
            name,
            base,
            tasks: Some(tasks),
            problems: Vec::new(),
            origin: None,
        }
        .resolve()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Rule;

    fn small() -> PipelineBuilder {
        Pipeline::builder("small", "/data")
            .task(TaskSpec::new("rows", Kind::Extract, "csv"))
            .task(TaskSpec::new("out", Kind::Load, "jsonl@1.2"))
    }

    #[test]
    fn a_program_gets_the_same_graph() {
        let pipeline = small().build().unwrap();
        assert_eq!(pipeline.name(), "small");
        assert_eq!(pipeline.tasks()[1].inputs[0].from.0, 0);
        assert_eq!(pipeline.tasks()[1].config, json!({}));
    }

    #[test]
    fn errors_have_no_places_but_all_the_words() {
        let mut bad = TaskSpec::new("late", Kind::Transform, "late");
        bad.from = Some(vec![FromSpec::new("row")]);
        bad.grants.net = vec!["example.com".into()];
        let error = small().task(bad).build().unwrap_err();
        let rules: Vec<_> = error.problems().iter().map(crate::Problem::rule).collect();
        assert_eq!(rules, [Rule::Value, Rule::Edge]);
        let text = format!("{error:#}");
        assert!(
            text.starts_with("2 things are wrong in the pipeline `small`"),
            "{text}"
        );
        assert!(text.contains("did you mean `rows`?"), "{text}");
    }
}
