//! Which of a plugin's descriptions is a task's.

use crate::{Description, Kind, Pipeline, PipelineError, Problem, Rule, TaskIndex, suggest::list};

/// For each task, the description of its kind among all those that its plugin offers.
///
/// `offered` has one list a task, in the pipeline's order.
///
/// # Errors
/// Every task whose plugin has no such kind, with the kinds it has.
///
/// # Panics
/// If there are not as many lists as tasks.
pub fn choose(
    pipeline: &Pipeline,
    offered: &[Vec<Description>],
) -> Result<Vec<Description>, PipelineError> {
    assert_eq!(
        offered.len(),
        pipeline.tasks().len(),
        "every task has a plugin"
    );
    let mut problems = Vec::new();
    let mut chosen = Vec::with_capacity(offered.len());
    for (index, offered) in (0..).map(TaskIndex).zip(offered) {
        let kind = pipeline.task(index).kind;
        match offered.iter().find(|description| description.kind == kind) {
            Some(description) => chosen.push(description.clone()),
            None => {
                let kinds: Vec<_> = offered.iter().map(|description| description.kind).collect();
                problems.push(lacks_kind(pipeline, index, &kinds));
            }
        }
    }
    if problems.is_empty() {
        Ok(chosen)
    } else {
        Err(pipeline.error(problems))
    }
}

/// The plugin of a task cannot do what the task asks.
pub(super) fn lacks_kind(pipeline: &Pipeline, index: TaskIndex, has: &[Kind]) -> Problem {
    let task = pipeline.task(index);
    let (name, plugin, kind) = (&task.name, &task.plugin, task.kind);
    let help = match has {
        [] => "it has no task at all".to_owned(),
        _ => format!(
            "what it has: {}",
            list(has.iter().map(|kind| kind.as_str()))
        ),
    };
    Problem::new(
        Rule::Plugin,
        format!("the plugin `{plugin}` has no {kind}, which `{name}` asks for"),
    )
    .at(pipeline.place(index).field(kind.as_str()).key(), "here")
    .help(help)
}
