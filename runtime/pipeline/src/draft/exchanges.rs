//! How the inputs of a task are brought together, and which ways exclude each other.

use super::{Tasks, fields};
use crate::{FromSpec, Input, Problem, Rule, TaskIndex, TaskSpec};

/// What a task asks of one input: the entry's own columns, or else those of the task.
pub(super) fn input(spec: &TaskSpec, entry: Option<&FromSpec>, from: TaskIndex) -> Input {
    let broadcast = entry.is_some_and(|entry| entry.broadcast);
    let partition_by = match entry {
        Some(entry) if !entry.partition_by.is_empty() => entry.partition_by.clone(),
        _ if broadcast => Vec::new(),
        _ => spec.partition_by.clone(),
    };
    Input {
        from,
        partition_by,
        broadcast,
    }
}

/// Checks every task.
pub(super) fn check(tasks: &Tasks<'_>, problems: &mut Vec<Problem>) {
    for index in 0..tasks.written.len() {
        gathered(tasks, index, problems);
        let Some(from) = &tasks.written[index].spec.from else {
            continue;
        };
        for (i, entry) in from.iter().enumerate() {
            let place = tasks.input_place(index, i).field("partition-by");
            fields::columns(&entry.partition_by, place, &tasks.called(index), problems);
            if entry.broadcast && !entry.partition_by.is_empty() {
                problems.push(conflict(tasks, index, i));
            }
        }
        broadcast_alone(tasks, index, from, problems);
        keys_match(tasks, index, from, problems);
    }
}

/// `gather` is one partition: there is nothing to partition, and nothing to repeat.
fn gathered(tasks: &Tasks<'_>, index: usize, problems: &mut Vec<Problem>) {
    let spec = &tasks.written[index].spec;
    let entries = spec.from.as_deref().unwrap_or_default();
    let own = entries.iter().any(|entry| !entry.partition_by.is_empty());
    if !spec.gather || (spec.partition_by.is_empty() && !own) {
        return;
    }
    let place = tasks.place(index);
    let message = format!(
        "{} is gathered in one partition and spread over several by key",
        tasks.called(index)
    );
    problems.push(
        Problem::new(Rule::Conflict, message)
            .at(place.field("gather").key(), "one partition")
            .at(place.field("partition-by").key(), "several")
            .help("keep `gather` or `partition-by`, not both"),
    );
}

fn conflict(tasks: &Tasks<'_>, index: usize, input: usize) -> Problem {
    let place = tasks.input_place(index, input);
    let message = format!(
        "{} wants one input both partitioned and in every partition",
        tasks.called(index)
    );
    Problem::new(Rule::Conflict, message)
        .at(place.field("broadcast").key(), "all of it everywhere")
        .at(place.field("partition-by").key(), "each row in one place")
        .help("keep `broadcast` or `partition-by`, not both")
}

/// Where every input is broadcast, every partition would do the same work over again.
fn broadcast_alone(
    tasks: &Tasks<'_>,
    index: usize,
    from: &[FromSpec],
    problems: &mut Vec<Problem>,
) {
    let gathered = tasks.written[index].spec.gather;
    if from.is_empty() || gathered || from.iter().any(|entry| !entry.broadcast) {
        return;
    }
    let place = tasks.input_place(index, 0);
    let message = format!("every input of {} is broadcast", tasks.called(index));
    problems.push(
        Problem::new(Rule::Conflict, message)
            .at(
                place.field("broadcast").key(),
                "all of it to every partition",
            )
            .help("leave out `broadcast` on the input whose splits are to be worked on apart"),
    );
}

/// Rows of two inputs meet only if both are partitioned, by keys of one length.
fn keys_match(tasks: &Tasks<'_>, index: usize, from: &[FromSpec], problems: &mut Vec<Problem>) {
    let spec = &tasks.written[index].spec;
    let resolved: Vec<_> = from
        .iter()
        .map(|entry| input(spec, Some(entry), TaskIndex(index)))
        .collect();
    let apart = || {
        resolved
            .iter()
            .enumerate()
            .filter(|(_, input)| !input.broadcast)
    };
    let Some((keyed, with)) = apart().find(|(_, input)| !input.partition_by.is_empty()) else {
        return;
    };
    for (other, without) in apart() {
        if spec.gather || without.partition_by.len() == with.partition_by.len() {
            continue;
        }
        let (first, second) = (&from[keyed].task, &from[other].task);
        let columns = |input: &Input| match input.partition_by.len() {
            0 => "not partitioned".to_owned(),
            1 => "partitioned by one column".to_owned(),
            many => format!("partitioned by {many} columns"),
        };
        let message = format!(
            "the rows of `{first}` and `{second}` would not meet in {}",
            tasks.called(index)
        );
        problems.push(
            Problem::new(Rule::Conflict, message)
                .at(tasks.input_place(index, other).value(), columns(without))
                .at(tasks.input_place(index, keyed).value(), columns(with))
                .help(format!(
                    "give `{second}` a `partition-by` with the columns that match {}, or `broadcast = true`",
                    with.partition_by.join(", ")
                )),
        );
    }
}
