//! What a path of one machine means to a cluster.

use std::path::{Component, Path, PathBuf};

use bubbles::plan::{Pipeline, Task};

use crate::escape;

/// A line for each task that is granted files of a machine.
pub(super) fn lines(pipeline: &Pipeline) -> Vec<String> {
    let tasks = pipeline.tasks().iter();
    tasks
        .filter_map(|task| line(task, pipeline.base()))
        .collect()
}

/// `task "flights" reads /data: on whichever node runs it; …`
fn line(task: &Task, base: &Path) -> Option<String> {
    let deeds = [("reads", &task.grants.read), ("writes", &task.grants.write)];
    let deeds: Vec<String> = deeds
        .into_iter()
        .filter_map(|(verb, grants)| {
            let places: Vec<String> = grants.iter().filter_map(|it| local(it, base)).collect();
            (!places.is_empty()).then(|| format!("{verb} {}", places.join(", ")))
        })
        .collect();
    if deeds.is_empty() {
        return None;
    }
    let place = match &task.on {
        Some(label) => format!("on nodes with the label \"{label}\""),
        None => {
            "on whichever node runs it; on = \"label\" keeps it on nodes that have it".to_owned()
        }
    };
    let deeds = escape::line(&deeds.join(" and "));
    Some(format!("task \"{}\" {deeds}: {place}", task.name))
}

/// The whole path, if it is one of a machine.
fn local(grant: &str, base: &Path) -> Option<String> {
    let path = grant.strip_prefix("file://").unwrap_or(grant);
    if path.contains("://") {
        return None;
    }
    let mut whole = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::ParentDir => {
                whole.pop();
            }
            component => whole.push(component),
        }
    }
    Some(whole.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::{Pipeline as Program, Task as ProgramTask};

    #[test]
    fn tasks_with_files_say_where_these_are_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let definition = Program::new("x")
            .base(&base)
            .add_task(ProgramTask::extract("csv").read(["./in/../data/", "s3://b/x/"]))
            .add_task(ProgramTask::transform("aggregate"))
            .add_task(
                ProgramTask::load("jsonl")
                    .name("out")
                    .read(["file:///etc/x"])
                    .write(["out.jsonl"])
                    .on("disk"),
            )
            .define()
            .unwrap();
        let base = base.display();
        let expected = [
            format!(
                "task \"csv\" reads {base}/data: on whichever node runs it; on = \"label\" keeps it on \
                 nodes that have it"
            ),
            format!(
                "task \"out\" reads /etc/x and writes {base}/out.jsonl: on nodes with the label \"disk\""
            ),
        ];
        assert_eq!(lines(definition.pipeline()), expected);
    }
}
