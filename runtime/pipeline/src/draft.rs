//! From tasks as written, in a file or a program, to a graph that cannot be wrong.

mod cycles;
mod edges;
mod exchanges;
mod fields;
mod roles;

use std::path::PathBuf;

use crate::{
    Pipeline, PipelineError, Problem, Rule, Task, TaskSpec, name,
    spans::{Origin, Place},
};

/// Within a stage every task is called from inside the one before it, on one thread's stack, and each
/// holds an instance: so the length of a chain needs a bound, and no pipeline needs to reach this one.
const MAX_TASKS: usize = 256;

/// A pipeline as far as it could be read.
pub(crate) struct Draft {
    /// `None` where it could not be read, which is then among the problems.
    pub(crate) name: Option<String>,
    pub(crate) base: PathBuf,
    /// `None` where the list as such could not be read.
    pub(crate) tasks: Option<Vec<Written>>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) origin: Option<Origin>,
}

/// A task as someone wrote it.
pub(crate) struct Written {
    pub(crate) spec: TaskSpec,
    pub(crate) unread: Unread,
}

/// Which parts of a task could not be read: rules that need them are not applied, so that one mistake
/// does not show as many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unread {
    pub(crate) name: bool,
    /// The kind and the plugin.
    pub(crate) kind: bool,
    pub(crate) from: bool,
}

/// All tasks as written, with their places.
struct Tasks<'a> {
    written: &'a [Written],
    origin: Option<&'a Origin>,
}

impl Tasks<'_> {
    fn place(&self, index: usize) -> Place<'_> {
        self.origin
            .map_or(Place::NOWHERE, |origin| origin.task(index))
    }

    /// The place of one entry of `from`, or of the task where it reads from the one before it.
    fn input_place(&self, index: usize, input: usize) -> Place<'_> {
        let task = self.place(index);
        task.field("from").item_or_self(input).or(task)
    }

    /// The task's name in quotes, or its number where it has none.
    fn called(&self, index: usize) -> String {
        match self.written[index].spec.name.as_str() {
            "" => format!("task {}", index + 1),
            name => format!("`{name}`"),
        }
    }
}

impl Draft {
    /// Applies every rule.
    ///
    /// # Errors
    /// Everything that is wrong, what could not be read before included.
    pub(crate) fn resolve(self) -> Result<Pipeline, PipelineError> {
        let Self {
            name,
            base,
            tasks,
            mut problems,
            origin,
        } = self;
        let subject = match &origin {
            Some(origin) => origin.source.name().to_owned(),
            None => format!("the pipeline `{}`", name.as_deref().unwrap_or_default()),
        };
        if let Some(name) = &name {
            check_name(name, origin.as_ref(), &mut problems);
        }
        let tasks = match &tasks {
            Some(written) if written.len() > MAX_TASKS => {
                problems.push(too_many(written.len(), origin.as_ref()));
                Vec::new()
            }
            Some(written) => graph(
                &Tasks {
                    written,
                    origin: origin.as_ref(),
                },
                &mut problems,
            ),
            None => Vec::new(),
        };
        match name {
            Some(name) if problems.is_empty() => Ok(Pipeline::new(name, base, tasks, origin)),
            _ => {
                problems.sort_by_key(Problem::offset);
                let problems = problems.into_iter().map(|one| one.within(origin.as_ref()));
                Err(PipelineError::new(subject, problems.collect()))
            }
        }
    }
}

/// The checked tasks; worth something only where no problem was added.
fn graph(tasks: &Tasks<'_>, problems: &mut Vec<Problem>) -> Vec<Task> {
    let parsed: Vec<_> = (0..tasks.written.len())
        .map(|i| fields::parse(tasks, i, problems))
        .collect();
    let edges = edges::resolve(tasks, problems);
    roles::check(tasks, &edges, problems);
    exchanges::check(tasks, problems);
    cycles::check(tasks, &edges, problems);
    let whole = tasks.written.iter().zip(parsed).zip(edges);
    whole
        .filter_map(|((written, parsed), inputs)| Some(parsed?.task(&written.spec, inputs?)))
        .collect()
}

fn check_name(text: &str, origin: Option<&Origin>, problems: &mut Vec<Problem>) {
    let Err(reason) = name::check(text) else {
        return;
    };
    let place = origin.map_or(Place::NOWHERE, |origin| {
        Place::of(&origin.root).field("name")
    });
    let message = format!("the pipeline cannot be called \"{text}\"");
    let problem = Problem::new(Rule::Value, message).at(place.value(), reason.to_string());
    problems.push(named(problem, text, &reason));
}

/// Says which name would do.
fn named(problem: Problem, text: &str, reason: &name::BadName) -> Problem {
    match name::nearest(text) {
        Some(name) => problem.help(format!("{reason}: \"{name}\" would do")),
        None => problem.help(reason.to_string()),
    }
}

fn too_many(count: usize, origin: Option<&Origin>) -> Problem {
    let place = origin.map_or(Place::NOWHERE, |origin| origin.task(MAX_TASKS));
    Problem::new(
        Rule::TooMany,
        format!("a pipeline has at most {MAX_TASKS} tasks, not {count}"),
    )
    .at(place.key(), "the first one too many")
    .help(
        "the tasks of a stage call one another on one stack: let one plugin do more, or make \
             several pipelines of it",
    )
}
