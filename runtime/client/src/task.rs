//! A task as a program describes it.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use bubbles_pipeline::{FromSpec, Kind, OnError, TaskSpec};
use serde::Serialize;

/// A task to add to a [`Pipeline`](crate::Pipeline). What is not said is as in
/// a pipeline file: it reads from the task before it, with no configuration and
/// no grants.
#[derive(Clone, Debug)]
pub struct Task {
    pub(crate) spec: TaskSpec,
    /// Why the configuration is no JSON, if it is not: told when the pipeline is put together.
    pub(crate) bad_config: Option<String>,
}

/// What a task reads: an entry of [`Task::from`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input(FromSpec);

impl Task {
    /// A task that reads a source. `plugin` is the name of a built-in, or the
    /// path of a `.wasm` file or of a plugin's folder.
    #[must_use]
    pub fn extract(plugin: impl Into<String>) -> Self {
        Self::new(Kind::Extract, plugin.into())
    }

    /// A task that turns chunks into chunks.
    #[must_use]
    pub fn transform(plugin: impl Into<String>) -> Self {
        Self::new(Kind::Transform, plugin.into())
    }

    /// A task that writes a destination.
    #[must_use]
    pub fn load(plugin: impl Into<String>) -> Self {
        Self::new(Kind::Load, plugin.into())
    }

    fn new(kind: Kind, plugin: String) -> Self {
        Self {
            spec: TaskSpec::new(default_name(&plugin), kind, plugin),
            bad_config: None,
        }
    }

    /// Its name, unique in the pipeline. Without one it is called as its plugin is.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.spec.name = name.into();
        self
    }

    /// The plugin's configuration: anything that serde can write as a JSON object.
    #[must_use]
    pub fn config(mut self, config: impl Serialize) -> Self {
        match serde_json::to_value(config) {
            Ok(config) => self.spec.config = config,
            Err(error) => self.bad_config = Some(error.to_string()),
        }
        self
    }

    /// The tasks that it reads, by name or as [`Input`]s, in this order.
    #[must_use]
    pub fn from<I: Into<Input>>(mut self, inputs: impl IntoIterator<Item = I>) -> Self {
        self.spec.from = Some(inputs.into_iter().map(|input| input.into().0).collect());
        self
    }

    /// All rows that are equal in these columns meet in one partition.
    #[must_use]
    pub fn partition_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.spec.partition_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Everything comes together in one partition.
    #[must_use]
    pub fn gather(mut self) -> Self {
        self.spec.gather = true;
        self
    }

    /// What becomes of records that cannot be used.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.spec.on_error = on_error;
        self
    }

    /// Grants: paths and URLs that it may read.
    #[must_use]
    pub fn read<S: Into<String>>(mut self, places: impl IntoIterator<Item = S>) -> Self {
        self.spec
            .grants
            .read
            .extend(places.into_iter().map(Into::into));
        self
    }

    /// Grants: paths and URLs that it may write.
    #[must_use]
    pub fn write<S: Into<String>>(mut self, places: impl IntoIterator<Item = S>) -> Self {
        self.spec
            .grants
            .write
            .extend(places.into_iter().map(Into::into));
        self
    }

    /// Grants: hosts that it may connect to, as `host:port`.
    #[must_use]
    pub fn net<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.spec
            .grants
            .net
            .extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Grants: variables of the environment that it may see, by name.
    #[must_use]
    pub fn env<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.spec
            .grants
            .env
            .extend(names.into_iter().map(Into::into));
        self
    }

    /// The most memory that one instance may take.
    #[must_use]
    pub fn memory_bytes(mut self, bytes: u64) -> Self {
        self.spec.memory = Some(bytes);
        self
    }

    /// The most CPU time that one call may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.spec.timeout = Some(timeout);
        self
    }

    /// How many attempts run at once, and how many partitions there are by key.
    #[must_use]
    pub fn parallelism(mut self, attempts: NonZeroU32) -> Self {
        self.spec.parallelism = Some(attempts);
        self
    }

    /// Runs only on nodes of this label.
    #[must_use]
    pub fn on(mut self, label: impl Into<String>) -> Self {
        self.spec.on = Some(label.into());
        self
    }
}

impl Input {
    /// All that the named task emits.
    #[must_use]
    pub fn new(task: impl Into<String>) -> Self {
        Self(FromSpec::new(task))
    }

    /// Columns of its own: rows that are equal in them meet in one partition.
    #[must_use]
    pub fn partition_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.0.partition_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Every partition reads all of it.
    #[must_use]
    pub fn broadcast(mut self) -> Self {
        self.0.broadcast = true;
        self
    }
}

impl<S: Into<String>> From<S> for Input {
    fn from(task: S) -> Self {
        Self::new(task)
    }
}

/// `csv` for `csv@1.0`, `late` for `./plugins/late.wasm`.
fn default_name(plugin: &str) -> String {
    let name = plugin.split('@').next().unwrap_or(plugin);
    Path::new(name)
        .file_stem()
        .map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_called_as_its_plugin_unless_told() {
        assert_eq!(Task::extract("csv@1.0").spec.name, "csv");
        assert_eq!(Task::transform("./plugins/late.wasm").spec.name, "late");
        assert_eq!(Task::load("jsonl").name("out").spec.name, "out");
    }

    #[test]
    fn inputs_are_names_or_more() {
        let task = Task::transform("join").from([
            Input::new("airlines").broadcast(),
            Input::new("late").partition_by(["carrier"]),
        ]);
        let from = task.spec.from.unwrap();
        assert!(from[0].broadcast && !from[1].broadcast);
        assert_eq!(from[1].partition_by, ["carrier"]);
        assert_eq!(
            Task::load("csv").from(["a"]).spec.from.unwrap(),
            [FromSpec::new("a")]
        );
    }
}
