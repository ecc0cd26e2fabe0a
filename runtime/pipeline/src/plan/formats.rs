//! Which format each task reads, so that neighbours understand each other.

use super::{Conversion, cut};
use crate::{Description, Format, Kind, Pipeline, Problem, Rule, TaskIndex};

/// What a task reads and emits in this pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formats {
    /// For an extract, what it emits.
    pub(super) accepts: Format,
    /// `None` for a load.
    pub(super) produces: Option<Format>,
}

/// The formats of every task, in the pipeline's order; worth something only where no problem was added.
pub(super) fn choose(
    pipeline: &Pipeline,
    descriptions: &[Description],
    problems: &mut Vec<Problem>,
) -> Vec<Formats> {
    (0..descriptions.len())
        .map(|index| of_task(pipeline, descriptions, TaskIndex(index), problems))
        .collect()
}

fn of_task(
    pipeline: &Pipeline,
    descriptions: &[Description],
    index: TaskIndex,
    problems: &mut Vec<Problem>,
) -> Formats {
    let (task, description) = (pipeline.task(index), &descriptions[index.0]);
    let produces = description.produces.filter(|_| task.kind != Kind::Load);
    if produces.is_none() && task.kind != Kind::Load {
        problems.push(says_nothing(pipeline, index, "what it produces"));
    }
    if task.kind == Kind::Extract {
        return Formats {
            accepts: produces.unwrap_or(Format::Bytes),
            produces,
        };
    }
    let Some(&best) = description.accepts.first() else {
        problems.push(says_nothing(pipeline, index, "what it accepts"));
        return Formats {
            accepts: Format::Bytes,
            produces,
        };
    };
    let given = inputs(pipeline, descriptions, index);
    let accepts = fitting(&description.accepts, &given);
    if accepts.is_none() {
        problems.extend(cannot_meet(pipeline, descriptions, index));
    }
    problems.extend(keyed_bytes(pipeline, descriptions, index));
    Formats {
        accepts: accepts.unwrap_or(best),
        produces,
    }
}

/// What the tasks before it produce; a task that says nothing is complained of elsewhere.
fn inputs(pipeline: &Pipeline, descriptions: &[Description], index: TaskIndex) -> Vec<Format> {
    let inputs = pipeline.task(index).inputs.iter();
    inputs
        .filter_map(|input| descriptions[input.from.0].produces)
        .collect()
}

/// One that needs no conversion if there is, or else the best that every input can become.
fn fitting(accepts: &[Format], given: &[Format]) -> Option<Format> {
    let same = |format: &Format| given.iter().all(|given| given == format);
    let near = |format: &Format| given.iter().all(|given| meets(*given, *format));
    accepts
        .iter()
        .find(|format| same(format))
        .or(accepts.iter().find(|format| near(format)))
        .copied()
}

fn meets(from: Format, to: Format) -> bool {
    from == to || Conversion::between(from, to).is_some()
}

fn cannot_meet(
    pipeline: &Pipeline,
    descriptions: &[Description],
    index: TaskIndex,
) -> Vec<Problem> {
    let (task, accepts) = (pipeline.task(index), &descriptions[index.0].accepts);
    let read = words(accepts);
    let place = pipeline.place(index).field(task.kind.as_str()).value();
    let given = task
        .inputs
        .iter()
        .filter_map(|input| Some((input, descriptions[input.from.0].produces?)));
    let mut problems: Vec<_> = given
        .filter(|(_, produces)| !accepts.iter().any(|format| meets(*produces, *format)))
        .map(|(input, produces)| {
            let from = pipeline.task(input.from);
            let message = format!(
                "`{}` cannot read what `{}` produces: {produces} is not {read}",
                task.name, from.name
            );
            let kind = from.kind.as_str();
            Problem::new(Rule::Format, message)
                .at(place.clone(), format!("reads {read}"))
                .at(pipeline.place(input.from).field(kind).value(), format!("produces {produces}"))
                .help(format!(
                    "json and arrow become each other; between {produces} and {read} put a transform \
                     that reads the one and produces the other"
                ))
        })
        .collect();
    if problems.is_empty() {
        let message = format!(
            "the inputs of `{}` cannot all be read in one format",
            task.name
        );
        let given = inputs(pipeline, descriptions, index);
        problems.push(
            Problem::new(Rule::Format, message)
                .at(place, format!("reads {read}, is given {}", words(&given)))
                .help("let a transform before it bring its inputs to one format"),
        );
    }
    problems
}

/// Keys are found in rows, and bytes have none.
fn keyed_bytes(
    pipeline: &Pipeline,
    descriptions: &[Description],
    index: TaskIndex,
) -> Option<Problem> {
    let task = pipeline.task(index);
    let keyed = task.inputs.iter().find(|input| {
        let stored = if cut::is_combined(task, &descriptions[index.0]) {
            index
        } else {
            input.from
        };
        !input.partition_by.is_empty() && descriptions[stored.0].produces == Some(Format::Bytes)
    })?;
    let from = &pipeline.task(keyed.from).name;
    let place = pipeline.place(index);
    let message = format!(
        "`{}` partitions what `{from}` produces by {}, but bytes have no columns",
        task.name,
        keyed.partition_by.join(", ")
    );
    Some(
        Problem::new(Rule::Format, message)
            .at(
                place.field("partition-by").or(place.field("from")).key(),
                "needs json or arrow",
            )
            .help("put a transform before it that turns the bytes into json or arrow"),
    )
}

fn says_nothing(pipeline: &Pipeline, index: TaskIndex, what: &str) -> Problem {
    let task = pipeline.task(index);
    let message = format!(
        "the plugin `{}` does not say {what} as a {}",
        task.plugin, task.kind
    );
    Problem::new(Rule::Plugin, message)
        .at(
            pipeline.place(index).field(task.kind.as_str()).value(),
            "this plugin",
        )
        .help("its author has to name the format in its description")
}

fn words(formats: &[Format]) -> String {
    formats
        .iter()
        .map(|format| format.as_str())
        .collect::<Vec<_>>()
        .join(" or ")
}
