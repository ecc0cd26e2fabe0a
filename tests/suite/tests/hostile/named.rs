//! The same guests in a pipeline, as a person meets them: the job fails, the error names the task
//! and the limit, and neither output nor temporary files are left.

use crate::built;
use crate::folder::Folder;

/// A pipeline whose task `guest` is the plugin, as its kind of task. `limits` are lines of it.
fn pipeline(kind: &str, guest: &str, limits: &str) -> String {
    let guest = built::guest(guest);
    let task = format!(
        "[[task]]\nname = \"guest\"\n{kind} = \"{}\"\n{limits}\n\n",
        guest.display()
    );
    let one_line = built::guest("one_line");
    let source = format!(
        "[[task]]\nname = \"in\"\nextract = \"{}\"\n\n",
        one_line.display()
    );
    let out = "[[task]]\nname = \"out\"\nload = \"jsonl\"\nconfig = { path = \"out/\" }\n\
               write = [\"out/\"]\n";
    let tasks = match kind {
        "extract" => format!("{task}{out}"),
        _ => format!("{source}{task}{out}"),
    };
    format!("name = \"hostile\"\n\n{tasks}")
}

#[track_caller]
fn fails(kind: &str, guest: &str, limits: &str, code: i32, words: &[&str]) {
    let folder = Folder::with(&pipeline(kind, guest, limits));
    let ended = folder.run();
    ended.code(code).says(&["guest"]).says(words);
    assert!(folder.files("out").is_empty(), "{ended}");
    folder.expect_no_scratch();
}

const QUICK: &str = "timeout = \"300ms\"\nmemory = \"64MiB\"";

#[test]
fn loops() {
    fails("extract", "loop_in_plan", QUICK, 1, &["`plan`", "300ms"]);
    fails("extract", "loop_in_run", QUICK, 1, &["`run`", "300ms"]);
    fails("transform", "loop_in_open", QUICK, 1, &["`open`", "300ms"]);
    fails(
        "transform",
        "loop_in_process",
        QUICK,
        1,
        &["`process`", "300ms"],
    );
    fails(
        "transform",
        "sleep_forever",
        QUICK,
        1,
        &["`process`", "300ms"],
    );
}

#[test]
fn memory() {
    fails("transform", "grow_memory", QUICK, 1, &["64 MiB of memory"]);
    fails("transform", "recurse_forever", QUICK, 1, &["stack"]);
    fails("transform", "giant_string", QUICK, 1, &["memory"]);
}

#[test]
fn floods() {
    fails("transform", "emit_too_large", "", 1, &["64 MiB"]);
    fails("transform", "flood_log", QUICK, 1, &["300ms"]);
    fails("transform", "emit_forever", QUICK, 1, &["300ms"]);
    fails("transform", "reject_forever", QUICK, 1, &["no reason"]);
}
