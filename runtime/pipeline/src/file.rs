//! From the text of a pipeline file to tasks as written.

mod document;
mod entry;
mod from;
mod quantity;
mod task;

use crate::{
    PipelineError, Problem, Rule, Source,
    draft::{Draft, Written},
};
use entry::Entry;
pub use quantity::bytes as size_bytes;

/// Longer files are no pipelines: the greatest one with every task configured at length is far below.
const MAX_FILE_BYTES: usize = 4 << 20;

const KEYS: [&str; 2] = ["name", "task"];

/// Reads a file as far as it can be read. What is wrong with it so far is in the draft.
///
/// # Errors
/// A text that is no TOML: nothing else can be said of it then.
pub(crate) fn read(source: &Source) -> Result<Draft, PipelineError> {
    if source.text.len() > MAX_FILE_BYTES {
        let message = format!("{} is longer than a pipeline file may be", source.name);
        let problem = Problem::new(Rule::TooMany, message).help(format!(
            "a pipeline file has at most {MAX_FILE_BYTES} bytes"
        ));
        return Err(PipelineError::new(&source.name, vec![problem]));
    }
    let (value, origin, mut problems) = document::read(source)?;
    let root = Entry::new(&value, &origin.root);
    root.known_keys(&KEYS, "a pipeline file", "", &mut problems);
    let name = match root.field("name") {
        Some(name) => name.string("name", &mut problems).map(str::to_owned),
        None => {
            problems.push(
                Problem::new(Rule::Missing, "the pipeline has no name")
                    .at(Some(0..0), "it belongs at the top")
                    .help("add a line such as: name = \"late-flights\""),
            );
            None
        }
    };
    let tasks = tasks(root, &mut problems);
    Ok(Draft {
        name,
        base: source.base.clone(),
        tasks,
        problems,
        origin: Some(origin),
    })
}

fn tasks(root: Entry<'_>, problems: &mut Vec<Problem>) -> Option<Vec<Written>> {
    let Some(tasks) = root.field("task") else {
        return Some(Vec::new());
    };
    if tasks.type_name() == "table" {
        problems.push(
            Problem::new(Rule::Type, "`task` is one table")
                .at(tasks.place().key(), "here")
                .help("a pipeline is a list of tasks: write `[[task]]` in double brackets"),
        );
        return None;
    }
    let items = tasks.items("task", "a list of tables", problems)?;
    Some(
        items
            .into_iter()
            .enumerate()
            .map(|(i, item)| task::read(i, item, problems))
            .collect(),
    )
}
