//! From the names that tasks read from to the tasks themselves.

use std::collections::BTreeMap;

use super::{Tasks, exchanges};
use crate::{
    Input, Kind, Problem, Rule, TaskIndex,
    suggest::{did_you_mean, list},
};

/// Of each task what it reads, in order; `None` where that could not be found out.
pub(super) type Edges = Vec<Option<Vec<Input>>>;

/// Finds the task behind every name.
pub(super) fn resolve(tasks: &Tasks<'_>, problems: &mut Vec<Problem>) -> Edges {
    let names = names(tasks, problems);
    (0..tasks.written.len())
        .map(|index| inputs(tasks, &names, index, problems))
        .collect()
}

/// The tasks by name; where a name is taken twice, the first has it.
fn names<'a>(tasks: &'a Tasks<'_>, problems: &mut Vec<Problem>) -> BTreeMap<&'a str, usize> {
    let mut names = BTreeMap::new();
    for (index, written) in tasks
        .written
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.unread.name)
    {
        let name = written.spec.name.as_str();
        let Some(first) = names.get(name).copied() else {
            names.insert(name, index);
            continue;
        };
        problems.push(
            Problem::new(Rule::Duplicate, format!("two tasks are called `{name}`"))
                .at(
                    tasks.place(index).field("name").value(),
                    "the name is taken",
                )
                .at(tasks.place(first).field("name").value(), "by this task")
                .help("others read from a task by its name, so each has one of its own"),
        );
    }
    names
}

fn inputs(
    tasks: &Tasks<'_>,
    names: &BTreeMap<&str, usize>,
    index: usize,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Input>> {
    let written = &tasks.written[index];
    if written.unread.from {
        return None;
    }
    let Some(from) = &written.spec.from else {
        if written.unread.kind {
            return None;
        }
        let before = index
            .checked_sub(1)
            .filter(|_| written.spec.kind != Kind::Extract);
        let input = before.map(|before| exchanges::input(&written.spec, None, TaskIndex(before)));
        return Some(input.into_iter().collect());
    };
    let mut found = Vec::with_capacity(from.len());
    for (i, entry) in from.iter().enumerate() {
        match names.get(entry.task.as_str()) {
            Some(&task) if task != index => {
                found.push(exchanges::input(
                    &written.spec,
                    Some(entry),
                    TaskIndex(task),
                ));
            }
            Some(_) => problems.push(
                Problem::new(
                    Rule::Cycle,
                    format!("{} reads from itself", tasks.called(index)),
                )
                .at(
                    tasks.input_place(index, i).value(),
                    "this is the task itself",
                )
                .help("data goes one way: name a task whose output it needs"),
            ),
            None => problems.extend(unknown(tasks, names, index, i, &entry.task)),
        }
    }
    (found.len() == from.len()).then_some(found)
}

/// A name that no task has; nothing to say where some task's name could not be read.
fn unknown(
    tasks: &Tasks<'_>,
    names: &BTreeMap<&str, usize>,
    index: usize,
    input: usize,
    name: &str,
) -> Option<Problem> {
    if tasks.written.iter().any(|one| one.unread.name) {
        return None;
    }
    let own = tasks.written[index].spec.name.as_str();
    let others = || names.keys().copied().filter(|&other| other != own);
    let help = match did_you_mean(name, others()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the other tasks are {}", list(others())),
    };
    let message = format!(
        "{} reads from `{name}`, which is no task",
        tasks.called(index)
    );
    let place = tasks.input_place(index, input);
    let place = place.field("task").or(place);
    Some(
        Problem::new(Rule::Edge, message)
            .at(place.value(), "no task of this name")
            .help(help),
    )
}
