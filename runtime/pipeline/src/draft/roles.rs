//! Who may read from whom: extracts begin, loads end, and nothing is produced for nobody.

use super::{Tasks, edges::Edges};
use crate::{Kind, Problem, Rule};

/// Applies the rules that can be judged from what could be read.
pub(super) fn check(tasks: &Tasks<'_>, edges: &Edges, problems: &mut Vec<Problem>) {
    let complete = !tasks.written.iter().any(|one| one.unread.kind);
    let has = |kind| tasks.written.iter().any(|one| one.spec.kind == kind);
    if complete && !(has(Kind::Extract) && has(Kind::Load)) {
        problems.extend(ends_missing(tasks, has(Kind::Extract), has(Kind::Load)));
    }
    for (index, inputs) in edges.iter().enumerate() {
        let written = &tasks.written[index];
        if written.unread.kind {
            continue;
        }
        if written.spec.kind == Kind::Extract {
            problems.extend(extract_reads(tasks, index));
        } else if inputs.as_ref().is_some_and(Vec::is_empty) && has(Kind::Extract) {
            problems.push(reads_nothing(tasks, index));
        }
        for (i, input) in inputs.iter().flatten().enumerate() {
            let from = &tasks.written[input.from.0];
            if from.spec.kind == Kind::Load && !from.unread.kind {
                problems.push(reads_load(tasks, index, i, input.from.0));
            }
        }
    }
    if complete && has(Kind::Load) && edges.iter().all(Option::is_some) {
        unread_outputs(tasks, edges, problems);
    }
}

fn ends_missing(tasks: &Tasks<'_>, extract: bool, load: bool) -> Vec<Problem> {
    let place = tasks.place(0);
    if tasks.written.is_empty() {
        let problem = Problem::new(Rule::Missing, "the pipeline has no tasks")
            .help("a pipeline has at least an extract and a load: start each with [[task]]");
        return vec![problem];
    }
    let mut problems = Vec::new();
    if !extract {
        problems.push(
            Problem::new(Rule::Missing, "the pipeline has no extract")
                .at(place.key(), "nothing gives the first task any data")
                .help("begin with a task that reads a source, such as: extract = \"csv\""),
        );
    }
    if !load {
        let last = tasks.place(tasks.written.len() - 1);
        problems.push(
            Problem::new(Rule::Missing, "the pipeline has no load")
                .at(last.key(), "what this task produces goes nowhere")
                .help("end with a task that writes a destination, such as: load = \"jsonl\""),
        );
    }
    problems
}

fn extract_reads(tasks: &Tasks<'_>, index: usize) -> Option<Problem> {
    let from = tasks.written[index].spec.from.as_ref()?;
    if from.is_empty() {
        return None;
    }
    let message = format!(
        "{} is an extract, so it reads from no task",
        tasks.called(index)
    );
    Some(
        Problem::new(Rule::Edge, message)
            .at(tasks.place(index).field("from").key(), "here")
            .help("remove `from`, or make it a transform"),
    )
}

fn reads_nothing(tasks: &Tasks<'_>, index: usize) -> Problem {
    let kind = tasks.written[index].spec.kind;
    let place = tasks.place(index);
    let message = format!("{} is a {kind} with nothing to read", tasks.called(index));
    let problem = Problem::new(Rule::Edge, message);
    if place.field("from").is_written() {
        problem
            .at(place.field("from").value(), "no task is named")
            .help("name the task it reads from, or leave out `from` to read from the one before it")
    } else {
        problem
            .at(place.key(), "there is no task before it")
            .help("say which task it reads from: from = \"…\"; or put an extract before it")
    }
}

fn reads_load(tasks: &Tasks<'_>, index: usize, input: usize, load: usize) -> Problem {
    let (reader, load_name) = (tasks.called(index), tasks.called(load));
    let message = format!("{reader} reads from {load_name}, a load, which has no output");
    let written = tasks.place(index).field("from").is_written();
    let why = if written {
        "this is a load"
    } else {
        "reads from the task before it"
    };
    let producer = (0..load)
        .rev()
        .find(|&one| tasks.written[one].spec.kind != Kind::Load);
    let help = match producer {
        Some(producer) => {
            let name = &tasks.written[producer].spec.name;
            format!("to read what {load_name} reads, write: from = \"{name}\"")
        }
        None => "read from an extract or a transform".to_owned(),
    };
    let place = tasks.input_place(index, input);
    let span = if written { place.value() } else { place.key() };
    Problem::new(Rule::Edge, message).at(span, why).help(help)
}

fn unread_outputs(tasks: &Tasks<'_>, edges: &Edges, problems: &mut Vec<Problem>) {
    for (index, written) in tasks.written.iter().enumerate() {
        let kind = written.spec.kind;
        let read = edges
            .iter()
            .flatten()
            .flatten()
            .any(|input| input.from.0 == index);
        let name = &written.spec.name;
        // Of two tasks of one name it is not known which is meant.
        let alone = tasks
            .written
            .iter()
            .filter(|one| one.spec.name == *name)
            .count()
            == 1;
        if read || kind == Kind::Load || !alone {
            continue;
        }
        let place = tasks.place(index);
        problems.push(
            Problem::new(
                Rule::Edge,
                format!("nothing reads what {} produces", tasks.called(index)),
            )
            .at(
                place.field("name").value().or(place.key()),
                "its output goes nowhere",
            )
            .help(format!(
                "let a task read it with: from = \"{name}\"; or remove this {kind}"
            )),
        );
    }
}
