//! A pipeline whose graph cannot be wrong.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    FromSpec, PipelineBuilder, PipelineError, Problem, Rule, Task, TaskIndex, TaskSpec, file,
    spans::{Origin, Place},
};

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
///
/// It is sent and stored as its tasks; the text it was read from does not go along.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub struct Pipeline {
    name: String,
    base: PathBuf,
    tasks: Vec<Task>,
    origin: Option<Arc<Origin>>,
}

impl Pipeline {
    pub(crate) fn new(
        name: String,
        base: PathBuf,
        tasks: Vec<Task>,
        origin: Option<Origin>,
    ) -> Self {
        Self {
            name,
            base,
            tasks,
            origin: origin.map(Arc::new),
        }
    }

    /// Reads a pipeline file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place in the file.
    pub fn parse(source: &Source) -> Result<Self, PipelineError> {
        file::read(source)?.resolve()
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

    /// The tasks that read from this one, in the pipeline's order.
    pub fn readers(&self, of: TaskIndex) -> impl Iterator<Item = TaskIndex> {
        let reads = move |task: &Task| task.inputs.iter().any(|input| input.from == of);
        (0..)
            .map(TaskIndex)
            .zip(&self.tasks)
            .filter(move |(_, task)| reads(task))
            .map(|(i, _)| i)
    }

    /// Every task after all that it reads from; otherwise in the pipeline's order.
    pub fn in_data_order(&self) -> Vec<TaskIndex> {
        let mut order = Vec::with_capacity(self.tasks.len());
        let mut done = vec![false; self.tasks.len()];
        while order.len() < self.tasks.len() {
            let next = (0..self.tasks.len())
                .find(|&i| !done[i] && self.tasks[i].inputs.iter().all(|input| done[input.from.0]))
                .expect("a graph without cycles has a task all of whose inputs are done");
            done[next] = true;
            order.push(TaskIndex(next));
        }
        order
    }

    /// An error about a task's plugin, shown at the place that names it: no such plugin, no readable
    /// file, no component. Several become one with [`PipelineError::and`].
    pub fn plugin_error(
        &self,
        task: TaskIndex,
        message: impl Into<String>,
        help: Option<String>,
    ) -> PipelineError {
        let place = self.place(task).field(self.task(task).kind.as_str());
        let label = format!("the plugin of `{}`", self.task(task).name);
        let mut problem = Problem::new(Rule::Plugin, message).at(place.value(), label);
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.error(vec![problem])
    }

    /// An error about one key of a task's configuration, shown at its value.
    pub fn config_error(
        &self,
        task: TaskIndex,
        key: &str,
        message: impl Into<String>,
        help: Option<String>,
    ) -> PipelineError {
        let place = self.place(task).field("config");
        let at = place.field(key).or(place).or(self.place(task));
        let label = format!("`{key}` of `{}`", self.task(task).name);
        let mut problem = Problem::new(Rule::Config, message).at(at.value(), label);
        if let Some(help) = help {
            problem = problem.help(help);
        }
        self.error(vec![problem])
    }

    /// Gives a task another configuration, such as one in which the name of a file has become its text.
    /// Errors go on to show what was written.
    pub fn set_config(&mut self, task: TaskIndex, config: serde_json::Value) {
        self.tasks[task.0].config = config;
    }

    /// Where the task stands in the file.
    pub(crate) fn place(&self, task: TaskIndex) -> Place<'_> {
        self.origin
            .as_ref()
            .map_or(Place::NOWHERE, |origin| origin.task(task.0))
    }

    /// These problems, pointing into the file if there is one.
    pub(crate) fn error(&self, mut problems: Vec<Problem>) -> PipelineError {
        let origin = self.origin.as_deref();
        problems.sort_by_key(Problem::offset);
        let problems = problems
            .into_iter()
            .map(|problem| problem.within(origin))
            .collect();
        let subject = match origin {
            Some(origin) => origin.source.name().to_owned(),
            None => format!("the pipeline `{}`", self.name),
        };
        PipelineError::new(subject, problems)
    }
}

/// Two pipelines are equal if they say the same, in whatever words.
impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.base, &self.tasks) == (&other.name, &other.base, &other.tasks)
    }
}

/// A pipeline on its way: checked again where it arrives.
#[derive(Serialize, Deserialize)]
struct Parts {
    name: String,
    base: PathBuf,
    tasks: Vec<Task>,
}

impl From<Pipeline> for Parts {
    fn from(pipeline: Pipeline) -> Self {
        let Pipeline {
            name,
            base,
            tasks,
            origin: _,
        } = pipeline;
        Self { name, base, tasks }
    }
}

impl TryFrom<Parts> for Pipeline {
    type Error = PipelineError;

    fn try_from(parts: Parts) -> Result<Self, PipelineError> {
        let name = |index: TaskIndex| match parts.tasks.get(index.0) {
            Some(task) => task.name.to_string(),
            None => format!("task {}", index.0),
        };
        let specs = parts.tasks.iter().map(|task| TaskSpec {
            name: task.name.to_string(),
            kind: task.kind,
            plugin: task.plugin.to_string(),
            config: task.config.clone(),
            from: Some(
                task.inputs
                    .iter()
                    .map(|input| FromSpec {
                        task: name(input.from),
                        partition_by: input.partition_by.clone(),
                        broadcast: input.broadcast,
                    })
                    .collect(),
            ),
            partition_by: task.partition_by.clone(),
            gather: task.gather,
            on_error: task.on_error,
            grants: task.grants.clone(),
            memory: task.limits.memory,
            timeout: task.limits.timeout,
            on: task.on.as_ref().map(ToString::to_string),
            parallelism: task.parallelism,
        });
        specs
            .fold(Self::builder(parts.name, parts.base), PipelineBuilder::task)
            .build()
    }
}
