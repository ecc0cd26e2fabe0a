//! The examples, run where they lie, give what lies in their folder `expected`: computed without
//! Bubbles, in no order that Bubbles promises.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;
use crate::{built, program};

/// Runs an example; gives its folder.
#[track_caller]
fn run(folder: &Folder, name: &str) -> PathBuf {
    let example = built::root().join("examples").join(name);
    program::run(&mut folder.bubbles(&["run", example.to_str().unwrap()])).code(0);
    folder.expect_no_scratch();
    example
}

/// The rows of a file, sorted.
fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    sorted(&text)
}

fn sorted(text: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    rows.sort_by_cached_key(Value::to_string);
    rows
}

#[track_caller]
fn same(given: &[Value], expected: &[Value]) {
    assert!(!expected.is_empty());
    assert_eq!(given.len(), expected.len());
    for (given, expected) in given.iter().zip(expected) {
        assert_eq!(given, expected);
    }
}

/// Three nodes, one of which is killed: its own last line says that the output is the same.
#[test]
fn cluster() {
    let folder = Folder::new();
    let bubbles = built::bubbles();
    let mut script = Command::new(built::root().join("examples/cluster/run.sh"));
    folder.surround(&mut script);
    script.env("BUBBLES_BIN_DIR", bubbles.parent().unwrap());
    let ended = program::run(&mut script);
    ended.code(0).says(&["killed n3", "the output is the same"]);
}

#[test]
fn flights() {
    let folder = Folder::new();
    let example = run(&folder, "flights");
    let (out, expected) = (example.join("out"), example.join("expected"));
    same(
        &rows(&out.join("carriers.jsonl")),
        &rows(&expected.join("carriers.jsonl")),
    );

    let mut python = Command::new(built::python());
    python
        .args(["-c", include_str!("other_readers/rows.py")])
        .arg(out.join("late"));
    let late = program::run(&mut python);
    late.code(0);
    same(&sorted(&late.stdout), &rows(&expected.join("late.jsonl")));
}

#[test]
fn hello() {
    let folder = Folder::new();
    let example = run(&folder, "hello");
    let greetings = "greetings.jsonl";
    let given = rows(&example.join("out").join(greetings));
    same(&given, &rows(&example.join("expected").join(greetings)));
}
