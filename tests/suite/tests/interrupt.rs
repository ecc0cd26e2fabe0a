//! Ctrl-C in the middle of a job: exit code 130, no output, nothing left behind.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::{built, program};

/// How long an interrupted job may take to end.
const PROMPT: Duration = Duration::from_secs(10);

/// Rows go straight to a file and, regrouped, to another: so there are staged files and stored
/// chunks.
const PIPELINE: &str = r#"name = "two-ways"

[[task]]
name = "in"
extract = "csv"
config = { path = "in-*.csv" }
read = ["./"]

[[task]]
name = "copy"
load = "jsonl"
config = { path = "out/copy/" }
write = ["out/copy/"]

[[task]]
name = "regrouped"
load = "jsonl"
from = "in"
partition-by = ["id"]
config = { path = "out/regrouped/" }
write = ["out/regrouped/"]
"#;

/// Rows that hardly get smaller when they are packed, so that they have to be spilled.
fn rows(file: u64, count: u64) -> String {
    let mut text = String::from("id,name\n");
    for id in 0..count {
        let mixed = (id + file).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (first, second) = (mixed ^ (mixed >> 29), mixed.wrapping_mul(mixed | 1));
        writeln!(text, "{id},{first:016x}{second:016x}").unwrap();
    }
    text
}

fn interrupt(id: u32) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -INT {id}")])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn mid_job() {
    let folder = Folder::with(PIPELINE);
    for file in 0..8_u64 {
        folder.write(&format!("in-{file}.csv"), rows(file, 500_000));
    }
    folder.write("out/copy/part-00000.jsonl", "{\"kept\":true}\n");
    let before = folder.files("out");
    let started = Instant::now();
    let mut child = program::start(&mut folder.bubbles(&["run", "."]));
    while folder.names("out").len() == before.len() {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the job ended before anything was staged");
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "nothing is staged"
        );
        thread::sleep(Duration::from_millis(2));
    }
    let asked = Instant::now();
    interrupt(child.id());
    let ended = program::finish(child, started);
    ended.code(130);
    assert!(
        asked.elapsed() < PROMPT,
        "ended {:?} after it was asked to",
        asked.elapsed()
    );
    assert_eq!(folder.files("out"), before);
    folder.expect_no_scratch();
}

#[test]
fn spilled_chunks_are_gone_too() {
    let folder = Folder::with(PIPELINE);
    for file in 0..8_u64 {
        folder.write(&format!("in-{file}.csv"), rows(file, 500_000));
    }
    let started = Instant::now();
    let mut child = program::start(&mut folder.bubbles(&["run", "."]));
    while !spills(child.id(), folder.scratch()) {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the job ended before anything was spilled");
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "nothing is spilled"
        );
        thread::sleep(Duration::from_millis(2));
    }
    interrupt(child.id());
    program::finish(child, started).code(130);
    folder.expect_no_scratch();
    assert!(folder.files("out").is_empty());
}

#[test]
fn while_a_guest_never_returns() {
    let guest = built::guest("loop_in_process");
    let folder = Folder::with(&format!(
        r#"name = "stuck"

[[task]]
name = "in"
extract = "{}"

[[task]]
name = "stuck"
transform = "{}"
timeout = "60s"

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "out/" }}
write = ["out/"]
"#,
        built::guest("one_line").display(),
        guest.display()
    ));
    let started = Instant::now();
    let child = program::start(&mut folder.bubbles(&["run", "."]));
    // The guest shows in nothing but the processor time of the program.
    let stat = format!("/proc/{}/stat", child.id());
    while processor_ticks(&stat) < 100 {
        assert!(
            started.elapsed() < Duration::from_secs(50),
            "the guest does not run"
        );
        thread::sleep(Duration::from_millis(20));
    }
    let asked = Instant::now();
    interrupt(child.id());
    program::finish(child, started).code(130);
    assert!(
        asked.elapsed() < PROMPT,
        "ended {:?} after it was asked to",
        asked.elapsed()
    );
    assert!(folder.files("out").is_empty());
    folder.expect_no_scratch();
}

/// Whether a process has an open file with something in it below `scratch`. Such a file has no
/// name, so that nothing can be left of it whatever becomes of the process.
fn spills(id: u32, scratch: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{id}/fd")) else {
        return false;
    };
    open.flatten().any(|file| {
        let is_there = fs::read_link(file.path()).is_ok_and(|path| path.starts_with(scratch));
        is_there && fs::metadata(file.path()).is_ok_and(|it| it.is_file() && it.len() > 0)
    })
}

/// Hundredths of a second that a process has computed, 0 once it is gone.
fn processor_ticks(stat: &str) -> u64 {
    let text = fs::read_to_string(stat).unwrap_or_default();
    let fields = text.rsplit(") ").next().unwrap_or_default();
    fields
        .split(' ')
        .nth(11)
        .and_then(|ticks| ticks.parse().ok())
        .unwrap_or_default()
}
