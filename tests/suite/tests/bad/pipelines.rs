//! Pipeline files that cannot be right: exit code 2, with file, line and what would be right.

use super::{csv_to_jsonl, refused};
use crate::built;
use crate::folder::Folder;

/// Changes one thing of a pipeline that works, and expects it to be refused at that line.
#[track_caller]
fn wrong(from: &str, to: &str, words: &[&str]) {
    let right = csv_to_jsonl("in.csv", "");
    assert!(right.contains(from), "nothing to change");
    let text = right.replacen(from, to, 1);
    let folder = Folder::with(&text);
    folder.write("in.csv", "a\n1\n");
    refused(&folder, 2, words).says(&["pipeline.toml:"]);
}

/// The line of `words` in the pipeline as it is refused, as an error names it.
fn at(line: u32) -> String {
    format!("pipeline.toml:{line}:")
}

#[test]
fn the_pipeline_that_is_changed_works() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a\n1\n");
    folder.run().code(0);
    assert_eq!(folder.lines("out"), ["{\"a\":1}"]);
}

#[test]
fn not_toml() {
    wrong("[[task]]", "[[task]", &[&at(3)]);
}

#[test]
fn a_wrong_type_in_config() {
    wrong("path = \"in.csv\"", "path = 5", &[&at(6), "path"]);
}

#[test]
fn an_unknown_key() {
    wrong("extract = ", "extrakt = ", &[&at(5), "extrakt"]);
    wrong("read = ", "raed = ", &["raed", "read"]);
}

#[test]
fn an_unknown_key_in_config() {
    wrong(
        "path = \"in.csv\"",
        "path = \"in.csv\", delimeter = \";\"",
        &["delimeter"],
    );
}

#[test]
fn an_unknown_plugin() {
    wrong("\"csv\"", "\"cvs\"", &[&at(5), "cvs"]);
}

#[test]
fn a_cycle() {
    let folder = Folder::with(
        r#"name = "round"

[[task]]
name = "in"
extract = "csv"
config = { path = "in.csv" }
read = ["in.csv"]

[[task]]
name = "first"
transform = "aggregate"
from = ["in", "second"]

[[task]]
name = "second"
transform = "aggregate"
from = "first"

[[task]]
name = "out"
load = "jsonl"
config = { path = "out/" }
write = ["out/"]
"#,
    );
    refused(&folder, 2, &["pipeline.toml:", "first", "second"]);
}

#[test]
fn two_tasks_of_one_name() {
    wrong("name = \"out\"", "name = \"in\"", &[&at(11), "`in`"]);
}

#[test]
fn an_edge_from_nowhere() {
    wrong(
        "load = \"jsonl\"",
        "load = \"jsonl\"\nfrom = \"inn\"",
        &[&at(13), "inn"],
    );
}

#[test]
fn formats_that_cannot_meet() {
    // It reads bytes, and nothing that the csv extract emits is that.
    let identity = built::guest("identity");
    let between = format!(
        "[[task]]\nname = \"between\"\ntransform = \"{}\"\n\n[[task]]\nname = \"out\"",
        identity.display()
    );
    wrong(
        "[[task]]\nname = \"out\"",
        &between,
        &["in", "between", "arrow", "bytes"],
    );
}

#[test]
fn a_missing_grant() {
    wrong("read = [\"./\"]", "", &["read = [\"in.csv\"]"]);
    wrong("write = [\"out/\"]", "", &["write = [\"out/\"]"]);
}

#[test]
fn a_grant_of_something_else() {
    wrong("read = [\"./\"]", "read = [\"other/\"]", &["in.csv"]);
}
