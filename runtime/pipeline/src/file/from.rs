//! What a task says it reads: a name, a table, or a list of both.

use super::entry::Entry;
use crate::{FromSpec, Problem, Rule};

const KEYS: [&str; 3] = ["task", "partition-by", "broadcast"];

/// The entries, or `None` where one of them cannot be read.
pub(super) fn read(from: Entry<'_>, problems: &mut Vec<Problem>) -> Option<Vec<FromSpec>> {
    match from.type_name() {
        "string" | "table" => entry_of(from, problems).map(|one| vec![one]),
        _ => {
            let expected = "the name of a task, or a list of names and tables";
            let items = from.items("from", expected, problems)?;
            // Each is read even where one before it cannot be, so that all errors show.
            let read: Vec<_> = items
                .into_iter()
                .map(|item| entry_of(item, problems))
                .collect();
            read.into_iter().collect()
        }
    }
}

fn entry_of(entry: Entry<'_>, problems: &mut Vec<Problem>) -> Option<FromSpec> {
    if entry.type_name() != "table" {
        return entry.string("from", problems).map(FromSpec::new);
    }
    entry.known_keys(&KEYS, "an entry of `from`", "", problems);
    let mut spec = FromSpec::default();
    if let Some(columns) = entry.field("partition-by") {
        spec.partition_by = columns
            .strings("partition-by", problems)
            .unwrap_or_default();
    }
    if let Some(broadcast) = entry.field("broadcast") {
        spec.broadcast = broadcast.bool("broadcast", problems).unwrap_or_default();
    }
    let Some(task) = entry.field("task") else {
        problems.push(
            Problem::new(Rule::Missing, "an entry of `from` names no task")
                .at(entry.place().value(), "this entry")
                .help("write it as: { task = \"flights\", partition-by = [\"carrier\"] }"),
        );
        return None;
    };
    spec.task = task.string("task", problems)?.to_owned();
    Some(spec)
}
