//! A pipeline as a program describes it.

use std::path::PathBuf;

use crate::{Definition, FileError, Job, JobReport, Options, RunError, Task};

/// A pipeline in the making: a name, and tasks one after the other.
#[derive(Clone, Debug)]
#[must_use = "a pipeline does nothing until it is run"]
pub struct Pipeline {
    name: String,
    base: Option<PathBuf>,
    tasks: Vec<Task>,
}

impl Pipeline {
    /// A pipeline without tasks. Bookmarks and jobs are kept under its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            base: None,
            tasks: Vec::new(),
        }
    }

    /// Reads a pipeline file, or the `pipeline.toml` of a folder.
    ///
    /// # Errors
    /// If there is no such file, or for everything that is wrong in it.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Definition, FileError> {
        Definition::from_file(path.into())
    }

    /// Where relative paths of configurations, grants and plugins start.
    /// Otherwise that is the current folder.
    pub fn base(mut self, folder: impl Into<PathBuf>) -> Self {
        self.base = Some(folder.into());
        self
    }

    /// Adds a task. It reads from the one added before it, unless it says otherwise.
    pub fn add_task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }

    /// Checks the whole, as [`Pipeline::from_file`] does for a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn define(self) -> Result<Definition, RunError> {
        let base = self.base.unwrap_or_else(|| PathBuf::from("."));
        let base = base
            .canonicalize()
            .map_err(|source| RunError::Base { base, source })?;
        let mut builder = bubbles_pipeline::Pipeline::builder(self.name, base);
        for task in self.tasks {
            if let Some(message) = task.bad_config {
                return Err(RunError::BadConfig {
                    task: task.spec.name,
                    message,
                });
            }
            builder = builder.task(task.spec);
        }
        Ok(Definition::from(builder.build()?))
    }

    /// Runs it here, with a slot per core, to its end.
    ///
    /// # Errors
    /// If it is wrong, cannot be prepared, fails or is cancelled. No output is
    /// visible then.
    pub fn run(self) -> Result<JobReport, RunError> {
        self.define()?.run()
    }

    /// Runs it as the options say, here or on a cluster, to its end.
    ///
    /// # Errors
    /// As [`Pipeline::run`], or if the cluster cannot be reached.
    pub fn run_with(self, options: &Options) -> Result<JobReport, RunError> {
        self.define()?.run_with(options)
    }

    /// Starts it, here or on a cluster.
    ///
    /// # Errors
    /// If it is wrong or cannot be prepared.
    pub fn start(self, options: &Options) -> Result<Job, RunError> {
        self.define()?.prepare(options)?.start()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use bubbles_pipeline::{Description, Format, Kind, OnError, Plan, PlanOptions, plan};
    use serde_json::json;

    use super::*;
    use crate::Input;

    const FILE: &str = r#"
        name = "late-flights"

        [[task]]
        name    = "airlines"
        extract = "csv"
        config  = { path = "data/airlines.csv" }
        read    = ["data/"]

        [[task]]
        name    = "flights"
        extract = "csv"
        config  = { path = "data/flights-*.csv" }
        read    = ["data/"]
        parallelism = 3

        [[task]]
        name      = "named"
        transform = "./named.wasm"
        from      = [{ task = "airlines", broadcast = true }, "flights"]
        config    = { minutes = 60 }
        on-error  = "reject"
        memory    = "64 MiB"
        timeout   = "2s"

        [[task]]
        name         = "by-carrier"
        transform    = "aggregate"
        partition-by = ["carrier"]
        config       = { group-by = ["carrier"] }

        [[task]]
        name   = "out"
        load   = "jsonl"
        config = { path = "out.jsonl" }
        write  = ["out.jsonl"]
        gather = true
    "#;

    fn program() -> Pipeline {
        Pipeline::new("late-flights")
            .add_task(
                Task::extract("csv")
                    .name("airlines")
                    .config(json!({ "path": "data/airlines.csv" }))
                    .read(["data/"]),
            )
            .add_task(
                Task::extract("csv")
                    .name("flights")
                    .config(json!({ "path": "data/flights-*.csv" }))
                    .read(["data/"])
                    .parallelism(NonZeroU32::new(3).unwrap()),
            )
            .add_task(
                Task::transform("./named.wasm")
                    .from([Input::new("airlines").broadcast(), "flights".into()])
                    .config(json!({ "minutes": 60 }))
                    .on_error(OnError::Reject)
                    .memory_bytes(64 << 20)
                    .timeout(Duration::from_secs(2)),
            )
            .add_task(
                Task::transform("aggregate")
                    .name("by-carrier")
                    .partition_by(["carrier"])
                    .config(json!({ "group-by": ["carrier"] })),
            )
            .add_task(
                Task::load("jsonl")
                    .name("out")
                    .config(json!({ "path": "out.jsonl" }))
                    .write(["out.jsonl"])
                    .gather(),
            )
    }

    fn planned(definition: &Definition) -> Plan {
        let pipeline = definition.pipeline();
        let describe = |task: &bubbles_pipeline::Task| Description {
            kind: task.kind,
            summary: String::new(),
            accepts: if task.kind == Kind::Extract {
                vec![]
            } else {
                vec![Format::Arrow]
            },
            produces: (task.kind != Kind::Load).then_some(Format::Arrow),
            config_schema: json!(true),
            deterministic: true,
            combinable: task.name.as_str() == "by-carrier",
        };
        let descriptions: Vec<_> = pipeline.tasks().iter().map(describe).collect();
        let partitions = NonZeroU32::new(4).unwrap();
        plan(pipeline, &descriptions, PlanOptions { partitions }).unwrap()
    }

    #[test]
    fn a_program_and_a_file_give_one_and_the_same_plan() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pipeline.toml"), FILE).unwrap();
        let file = Pipeline::from_file(folder.path()).unwrap();
        let base = folder.path().canonicalize().unwrap();
        let program = program().base(base).define().unwrap();
        assert_eq!(file.pipeline().tasks(), program.pipeline().tasks());
        assert_eq!(file.pipeline().name(), program.pipeline().name());
        assert_eq!(file.pipeline().base(), program.pipeline().base());
        assert_eq!(planned(&file), planned(&program));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_task() {
        let config = std::collections::BTreeMap::from([((1, 2), 3)]);
        let error = Pipeline::new("x")
            .add_task(Task::extract("csv").config(config))
            .define();
        let error = error.unwrap_err();
        assert!(
            matches!(&error, RunError::BadConfig { task, .. } if task == "csv"),
            "{error}"
        );
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn a_wrong_pipeline_is_refused_as_one_from_a_file_is() {
        let task = Task::extract("csv").name("twice");
        let error = Pipeline::new("x")
            .add_task(task.clone())
            .add_task(task)
            .define()
            .unwrap_err();
        assert!(matches!(error, RunError::Pipeline(_)), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
