//! Files whose tasks do not make a graph.

use super::{says, wrong};
use crate::Rule;

/// A file with one task a line: `name kind plugin; more keys; …`.
fn file(tasks: &[&str]) -> String {
    let mut text = "name = \"x\"\n".to_owned();
    for task in tasks {
        let mut parts = task.split("; ");
        let words: Vec<_> = parts.next().unwrap_or_default().split(' ').collect();
        text.push_str(&format!(
            "[[task]]\nname = \"{}\"\n{} = \"p\"\n",
            words[0], words[1]
        ));
        parts.for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

#[track_caller]
fn breaks(rule: Rule, tasks: &[&str], words: &[&str]) {
    let (rules, text) = wrong(&file(tasks));
    assert_eq!(rules, [rule], "{text}");
    says(&text, words);
    says(&text, &["flights.toml:"]);
}

#[test]
fn duplicate_names() {
    breaks(
        Rule::Duplicate,
        &[
            "a extract",
            "b transform; from = \"a\"",
            "b transform; from = \"a\"",
            "c load; from = [\"a\", \"b\"]",
        ],
        &[
            "two tasks are called `b`",
            "the name is taken",
            "by this task",
        ],
    );
}

#[test]
fn unknown_from() {
    breaks(
        Rule::Edge,
        &["flights extract", "out load; from = \"flihgts\""],
        &[
            "`out` reads from `flihgts`, which is no task",
            "did you mean `flights`?",
            ":8:8",
        ],
    );
    breaks(
        Rule::Edge,
        &[
            "flights extract",
            "out load; from = [\"flights\", { task = \"weather\" }]",
        ],
        &["reads from `weather`", "the other tasks are `flights`"],
    );
}

#[test]
fn cycles_name_the_way_round() {
    breaks(
        Rule::Cycle,
        &[
            "src extract",
            "a transform; from = [\"src\", \"c\"]",
            "b transform; from = \"a\"",
            "c transform; from = \"b\"",
            "out load; from = \"c\"",
        ],
        &[
            "these tasks wait for each other: `a` → `b` → `c` → `a`",
            "`a` reads from `c`",
            "`b` reads from `a`",
            "`c` reads from `b`",
        ],
    );
}

#[test]
fn two_cycles_are_two_errors() {
    let (rules, text) = wrong(&file(&[
        "src extract",
        "a transform; from = [\"src\", \"b\"]",
        "b transform; from = \"a\"",
        "c transform; from = [\"b\", \"d\"]",
        "d transform; from = \"c\"",
        "out load; from = \"d\"",
    ]));
    assert_eq!(rules, [Rule::Cycle, Rule::Cycle]);
    says(&text, &["`a` → `b` → `a`", "`c` → `d` → `c`"]);
}

#[test]
fn a_task_of_its_own() {
    breaks(
        Rule::Cycle,
        &[
            "src extract",
            "a transform; from = [\"src\", \"a\"]",
            "out load",
        ],
        &["`a` reads from itself", "this is the task itself"],
    );
}

#[test]
fn an_extract_reads_nothing() {
    breaks(
        Rule::Edge,
        &[
            "a extract",
            "b extract; from = \"a\"",
            "out load; from = [\"a\", \"b\"]",
        ],
        &[
            "`b` is an extract, so it reads from no task",
            "remove `from`",
        ],
    );
    breaks(
        Rule::Value,
        &["a extract; gather = true", "out load"],
        &["it has no input that `gather` could bring together"],
    );
}

#[test]
fn nobody_reads_from_a_load() {
    breaks(
        Rule::Edge,
        &["a extract", "out load", "again load"],
        &[
            "`again` reads from `out`, a load",
            "the task before it",
            "write: from = \"a\"",
        ],
    );
    breaks(
        Rule::Edge,
        &[
            "a extract",
            "out load",
            "again load; from = [\"a\", \"out\"]",
        ],
        &["`again` reads from `out`, a load", "this is a load"],
    );
}

#[test]
fn everyone_else_reads_something() {
    breaks(
        Rule::Edge,
        &[
            "t transform",
            "a extract",
            "out load; from = [\"t\", \"a\"]",
        ],
        &[
            "`t` is a transform with nothing to read",
            "there is no task before it",
        ],
    );
    breaks(
        Rule::Edge,
        &[
            "a extract",
            "t transform; from = []",
            "out load; from = [\"a\", \"t\"]",
        ],
        &[
            "`t` is a transform with nothing to read",
            "no task is named",
        ],
    );
}

#[test]
fn what_is_produced_is_read() {
    breaks(
        Rule::Edge,
        &["a extract", "b extract", "out load"],
        &[
            "nothing reads what `a` produces",
            "from = \"a\"",
            "remove this extract",
        ],
    );
}

#[test]
fn both_ends_are_there() {
    breaks(
        Rule::Missing,
        &["a extract", "b transform"],
        &["no load", "goes nowhere"],
    );
    breaks(
        Rule::Missing,
        &["b transform", "c load"],
        &["no extract", "extract = \"csv\""],
    );
    let (rules, text) = wrong("name = \"x\"\n");
    assert_eq!(rules, [Rule::Missing]);
    says(&text, &["the pipeline has no tasks"]);
}

#[test]
fn ways_of_bringing_together_exclude_each_other() {
    for (task, words) in [
        (
            "t transform; gather = true; partition-by = [\"k\"]",
            "keep `gather` or `partition-by`",
        ),
        (
            "t transform; gather = true; parallelism = 3",
            "cannot run several times at once",
        ),
        (
            "t transform; from = { task = \"a\", broadcast = true }",
            "every input of `t` is broadcast",
        ),
        (
            "t transform; from = [\"b\", { task = \"a\", broadcast = true, partition-by = \"k\" }]",
            "keep `broadcast` or `partition-by`",
        ),
        (
            "t transform; from = [\"b\", { task = \"a\", partition-by = \"k\" }]",
            "the rows of `a` and `b` would not meet in `t`",
        ),
        (
            "t transform; from = [{ task = \"b\", partition-by = [\"k\", \"l\"] }, { task = \"a\", partition-by = \"k\" }]",
            "partitioned by 2 columns",
        ),
    ] {
        let all = [
            "a extract",
            "b extract",
            task,
            "out load; from = [\"a\", \"b\", \"t\"]",
        ];
        let (rules, text) = wrong(&file(&all));
        assert!(
            rules.contains(&Rule::Conflict) || rules == [Rule::Value],
            "{task}: {text}"
        );
        says(&text, &[words]);
    }
}

#[test]
fn entries_of_from_are_checked() {
    let tasks = |entry: &str| file(&["a extract", &format!("out load; from = [{entry}]")]);
    let (rules, text) = wrong(&tasks("{ task = \"a\", brodcast = true }"));
    assert_eq!(rules, [Rule::UnknownKey]);
    says(&text, &["did you mean `broadcast`?"]);
    let (rules, text) = wrong(&tasks("{ broadcast = true }"));
    assert_eq!(rules, [Rule::Missing]);
    says(
        &text,
        &["an entry of `from` names no task", "{ task = \"flights\""],
    );
}
