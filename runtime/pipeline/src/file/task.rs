//! One `[[task]]` of a file.

use std::num::NonZeroU32;

use serde_json::Value;

use super::{
    entry::Entry,
    from,
    quantity::{bytes, duration},
};
use crate::{
    Kind, OnError, Problem, Rule, TaskSpec,
    draft::{Unread, Written},
    suggest::did_you_mean,
};

const KEYS: [&str; 17] = [
    "name",
    "extract",
    "transform",
    "load",
    "config",
    "from",
    "partition-by",
    "gather",
    "on-error",
    "read",
    "write",
    "net",
    "env",
    "memory",
    "timeout",
    "on",
    "parallelism",
];

/// What `memory` is.
const SIZE: &str = "a size such as \"256MiB\"";

/// Reads what can be read of the task that is `index`th in the file.
pub(super) fn read(index: usize, entry: Entry<'_>, problems: &mut Vec<Problem>) -> Written {
    let mut unread = Unread::default();
    let mut spec = TaskSpec::new("", Kind::Transform, "");
    if entry.type_name() != "table" {
        entry.complain("task", "a list of tables", problems);
        return Written {
            spec,
            unread: Unread {
                name: true,
                kind: true,
                from: true,
            },
        };
    }
    entry.known_keys(
        &KEYS,
        "a task",
        "; a plugin's own settings belong into `config`",
        problems,
    );
    match name(index, entry, problems) {
        Some(name) => spec.name = name,
        None => unread.name = true,
    }
    match code(index, &spec.name, entry, problems) {
        Some((kind, plugin)) => (spec.kind, spec.plugin) = (kind, plugin),
        None => unread.kind = true,
    }
    if let Some(written) = entry.field("from") {
        spec.from = from::read(written, problems);
        unread.from = spec.from.is_none();
    }
    settings(&mut spec, entry, problems);
    limits(&mut spec, entry, problems);
    Written { spec, unread }
}

fn name(index: usize, entry: Entry<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    if let Some(name) = entry.field("name") {
        return name.string("name", problems).map(str::to_owned);
    }
    problems.push(
        Problem::new(Rule::Missing, format!("task {} has no name", index + 1))
            .at(entry.place().key(), "this task")
            .help("add a line such as: name = \"flights\""),
    );
    None
}

/// The one key that says what the task does, with its plugin.
fn code(
    index: usize,
    name: &str,
    entry: Entry<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Kind, String)> {
    let called = if name.is_empty() {
        format!("task {}", index + 1)
    } else {
        format!("`{name}`")
    };
    let written: Vec<_> = Kind::ALL
        .into_iter()
        .filter_map(|kind| entry.field(kind.as_str()).map(|plugin| (kind, plugin)))
        .collect();
    match written.as_slice() {
        [(kind, plugin)] => plugin
            .string(kind.as_str(), problems)
            .map(|plugin| (*kind, plugin.to_owned())),
        [] => {
            problems.push(
                Problem::new(Rule::Missing, format!("{called} does not say what it does"))
                    .at(entry.place().key(), "this task")
                    .help("add one of: extract = \"…\", transform = \"…\" or load = \"…\", naming a plugin"),
            );
            None
        }
        several => {
            let problem =
                Problem::new(Rule::Conflict, format!("{called} is of more than one kind"))
                    .help("a task does one thing: make a task of each");
            problems.push(several.iter().fold(problem, |problem, (kind, plugin)| {
                problem.at(
                    plugin.place().key(),
                    format!("here it is {}", article(*kind)),
                )
            }));
            None
        }
    }
}

fn article(kind: Kind) -> String {
    if kind == Kind::Extract {
        format!("an {kind}")
    } else {
        format!("a {kind}")
    }
}

fn settings(spec: &mut TaskSpec, entry: Entry<'_>, problems: &mut Vec<Problem>) {
    if let Some(config) = entry.field("config") {
        match config.value() {
            Value::Object(_) => spec.config = config.value().clone(),
            _ => {
                let expected = "a table: config = { … } or [task.config]";
                config.complain("config", expected, problems);
            }
        }
    }
    let mut strings = |key: &str| {
        entry
            .field(key)
            .and_then(|entry| entry.strings(key, problems))
            .unwrap_or_default()
    };
    spec.partition_by = strings("partition-by");
    spec.grants.read = strings("read");
    spec.grants.write = strings("write");
    spec.grants.net = strings("net");
    spec.grants.env = strings("env");
    if let Some(gather) = entry.field("gather") {
        spec.gather = gather.bool("gather", problems).unwrap_or_default();
    }
    if let Some(on) = entry.field("on") {
        spec.on = on.string("on", problems).map(str::to_owned);
    }
    if let Some(on_error) = entry.field("on-error") {
        spec.on_error = on_error_of(on_error, problems).unwrap_or_default();
    }
}

fn on_error_of(entry: Entry<'_>, problems: &mut Vec<Problem>) -> Option<OnError> {
    match entry.string("on-error", problems)? {
        "fail" => Some(OnError::Fail),
        "reject" => Some(OnError::Reject),
        other => {
            let help = match did_you_mean(other, ["fail", "reject"]) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "\"fail\" stops the job at the first bad record (the default), \
                         \"reject\" puts bad records aside and goes on"
                    .to_owned(),
            };
            problems.push(
                Problem::new(Rule::Value, format!("`on-error` cannot be \"{other}\""))
                    .at(entry.place().value(), "not known")
                    .help(help),
            );
            None
        }
    }
}

fn limits(spec: &mut TaskSpec, entry: Entry<'_>, problems: &mut Vec<Problem>) {
    if let Some(memory) = entry.field("memory") {
        spec.memory = match (memory.type_name(), memory.value().as_u64()) {
            ("integer", Some(bytes)) => Some(bytes),
            ("integer", None) => memory.unusable("memory", SIZE, problems),
            _ => quantity(memory, "memory", bytes, SIZE, problems),
        };
    }
    if let Some(timeout) = entry.field("timeout") {
        spec.timeout = quantity(
            timeout,
            "timeout",
            duration,
            "a time such as \"10s\" or \"500ms\"",
            problems,
        );
    }
    if let Some(parallelism) = entry.field("parallelism") {
        let number = parallelism
            .value()
            .as_u64()
            .filter(|_| parallelism.type_name() == "integer");
        spec.parallelism = number
            .and_then(|number| NonZeroU32::new(u32::try_from(number).ok()?))
            .or_else(|| parallelism.unusable("parallelism", "a whole number from 1", problems));
    }
}

fn quantity<T>(
    entry: Entry<'_>,
    key: &str,
    parse: fn(&str) -> Option<T>,
    expected: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    if entry.type_name() != "string" {
        return entry.wrong(key, expected, problems);
    }
    let parsed = entry.value().as_str().and_then(parse);
    parsed.or_else(|| entry.unusable(key, expected, problems))
}

impl Entry<'_> {
    /// Notes that the value is of the right type, but none that `key` can have.
    fn unusable<T>(self, key: &str, expected: &str, problems: &mut Vec<Problem>) -> Option<T> {
        if !matches!(self.type_name(), "integer" | "string") {
            return self.wrong(key, expected, problems);
        }
        problems.push(
            Problem::new(Rule::Value, format!("`{key}` cannot be {}", self.value()))
                .at(self.place().value(), "here")
                .help(format!("`{key}` is {expected}")),
        );
        None
    }
}
