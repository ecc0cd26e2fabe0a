//! What one task says of itself, without looking at any other.

use std::time::Duration;

use serde_json::Value;

use super::{Tasks, named};
use crate::{
    Input, Kind, Label, Limits, PluginRef, Problem, Rule, Task, TaskName, TaskSpec, grants,
    spans::Place,
};

/// Less than this no component starts in.
const LEAST_MEMORY: u64 = 1 << 20;
/// All that the 32-bit addresses of a component reach.
const MOST_MEMORY: u64 = 4 << 30;
/// Time is counted in ticks of this length.
const LEAST_TIMEOUT: Duration = Duration::from_millis(10);
/// A call that computes for longer than a day over one chunk will not end.
const MOST_TIMEOUT: Duration = Duration::from_hours(24);
/// Every partition is a piece of its own in the chunk store of every attempt before it.
const MOST_PARALLELISM: u32 = 4096;

/// The parts of a task that have a form of their own.
pub(super) struct Parsed {
    name: TaskName,
    plugin: PluginRef,
    on: Option<Label>,
}

impl Parsed {
    pub(super) fn task(self, spec: &TaskSpec, inputs: Vec<Input>) -> Task {
        let config = match &spec.config {
            Value::Null => Value::Object(serde_json::Map::new()),
            config => config.clone(),
        };
        Task {
            name: self.name,
            kind: spec.kind,
            plugin: self.plugin,
            config,
            inputs,
            gather: spec.gather,
            partition_by: spec.partition_by.clone(),
            on_error: spec.on_error,
            grants: spec.grants.clone(),
            limits: Limits {
                memory: spec.memory,
                timeout: spec.timeout,
            },
            on: self.on,
            parallelism: spec.parallelism,
        }
    }
}

/// Checks everything; `None` where a part has no use.
pub(super) fn parse(
    tasks: &Tasks<'_>,
    index: usize,
    problems: &mut Vec<Problem>,
) -> Option<Parsed> {
    let written = &tasks.written[index];
    let (spec, place, called) = (&written.spec, tasks.place(index), tasks.called(index));
    let name = if written.unread.name {
        None
    } else {
        task_name(spec, place, problems)
    };
    let plugin = if written.unread.kind {
        None
    } else {
        plugin(spec, place, &called, problems)
    };
    let on = spec
        .on
        .as_ref()
        .map(|on| label(on, place, &called, problems));
    config(spec, place, &called, problems);
    limits(spec, place, &called, problems);
    columns(
        &spec.partition_by,
        place.field("partition-by"),
        &called,
        problems,
    );
    grants::check(&spec.grants, place, &called, problems);
    let on = match on {
        Some(label) => Some(label?),
        None => None,
    };
    Some(Parsed {
        name: name?,
        plugin: plugin?,
        on,
    })
}

fn task_name(spec: &TaskSpec, place: Place<'_>, problems: &mut Vec<Problem>) -> Option<TaskName> {
    let reason = match spec.name.parse() {
        Ok(name) => return Some(name),
        Err(reason) => reason,
    };
    let problem = Problem::new(
        Rule::Value,
        format!("a task cannot be called \"{}\"", spec.name),
    )
    .at(place.field("name").value(), reason.to_string());
    problems.push(named(problem, &spec.name, &reason));
    None
}

fn plugin(
    spec: &TaskSpec,
    place: Place<'_>,
    called: &str,
    problems: &mut Vec<Problem>,
) -> Option<PluginRef> {
    let reason = match spec.plugin.parse::<PluginRef>() {
        Ok(plugin) => return Some(plugin),
        Err(reason) => reason,
    };
    problems.push(
        Problem::new(Rule::Value, format!("the plugin of {called} cannot be \"{}\"", spec.plugin))
            .at(place.field(spec.kind.as_str()).value(), reason.to_string())
            .help("a plugin is a name (\"csv\"), name@version, or a path (\"./late.wasm\", \"plugins/late/\")"),
    );
    None
}

fn label(text: &str, place: Place<'_>, called: &str, problems: &mut Vec<Problem>) -> Option<Label> {
    let reason = match text.parse() {
        Ok(label) => return Some(label),
        Err(reason) => reason,
    };
    let problem = Problem::new(Rule::Value, format!("{called} cannot run on \"{text}\""))
        .at(place.field("on").value(), "no label of a node");
    problems.push(named(problem, text, &reason));
    None
}

fn config(spec: &TaskSpec, place: Place<'_>, called: &str, problems: &mut Vec<Problem>) {
    if !matches!(spec.config, Value::Null | Value::Object(_)) {
        problems.push(
            Problem::new(
                Rule::Type,
                format!("the configuration of {called} is no object"),
            )
            .at(place.field("config").value(), "here")
            .help("a configuration has named values, such as { \"path\": \"data/\" }"),
        );
    }
}

fn limits(spec: &TaskSpec, place: Place<'_>, called: &str, problems: &mut Vec<Problem>) {
    let mut refuse = |key: &str, message: String, help: &str| {
        let at = place.field(key).value();
        problems.push(Problem::new(Rule::Value, message).at(at, "here").help(help));
    };
    if spec
        .memory
        .is_some_and(|bytes| !(LEAST_MEMORY..=MOST_MEMORY).contains(&bytes))
    {
        let message = format!(
            "{called} cannot have {} bytes of memory",
            spec.memory.unwrap_or(0)
        );
        refuse(
            "memory",
            message,
            "`memory` is from \"1MiB\" to \"4GiB\"; a bare number counts bytes",
        );
    }
    if spec
        .timeout
        .is_some_and(|time| !(LEAST_TIMEOUT..=MOST_TIMEOUT).contains(&time))
    {
        let message = format!(
            "{called} cannot have a timeout of {:?}",
            spec.timeout.unwrap_or_default()
        );
        refuse(
            "timeout",
            message,
            "`timeout` is the CPU time of one call, from \"10ms\" to \"24h\"",
        );
    }
    if spec
        .parallelism
        .is_some_and(|many| many.get() > MOST_PARALLELISM)
    {
        let message = format!(
            "{called} cannot run {} times at once",
            spec.parallelism.map_or(0, u32::from)
        );
        let help = format!("`parallelism` is at most {MOST_PARALLELISM}");
        refuse("parallelism", message, &help);
    }
    if spec.gather && spec.parallelism.is_some_and(|many| many.get() > 1) {
        let message = format!(
            "{called} is gathered in one partition, so it cannot run several times at once"
        );
        refuse("parallelism", message, "remove `gather` or `parallelism`");
    }
    if spec.kind != Kind::Extract {
        return;
    }
    for (key, written) in [
        ("gather", spec.gather),
        ("partition-by", !spec.partition_by.is_empty()),
    ] {
        if written {
            let message = format!(
                "{called} is an extract: it has no input that `{key}` could bring together"
            );
            refuse(
                key,
                message,
                &format!("write `{key}` on the task that reads from it"),
            );
        }
    }
}

/// Columns that rows are brought together by.
pub(super) fn columns(
    columns: &[String],
    place: Place<'_>,
    called: &str,
    problems: &mut Vec<Problem>,
) {
    for (i, column) in columns.iter().enumerate() {
        let at = place.item_or_self(i).value();
        if column.is_empty() {
            let message = format!("{called} is partitioned by a column without a name");
            problems.push(Problem::new(Rule::Value, message).at(at, "empty"));
        } else if columns[..i].contains(column) {
            let message = format!("{called} is partitioned by `{column}` twice");
            problems.push(Problem::new(Rule::Duplicate, message).at(at, "again"));
        }
    }
}
