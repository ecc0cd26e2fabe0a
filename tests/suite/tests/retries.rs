//! Tasks that fail, and may be tried again.

use crate::built;
use crate::folder::Folder;

fn pipeline(extract: &str, transform: &str) -> String {
    format!(
        r#"name = "retries"

[[task]]
name = "in"
extract = "{}"

[[task]]
name = "between"
transform = "{}"

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "out/" }}
write = ["out/"]
"#,
        built::guest(extract).display(),
        built::guest(transform).display()
    )
}

#[test]
fn a_busy_source_is_asked_again_and_its_failed_attempts_leave_nothing() {
    let folder = Folder::with(&pipeline("busy_at_first", "steady"));
    let ended = folder.run();
    ended.code(0);
    assert_eq!(folder.lines("out"), ["{\"n\":3}"]);
    assert_eq!(ended.count("in", "rows_out"), 1);
    folder.expect_no_scratch();
}

#[test]
fn a_panic_fails_the_job_after_four_attempts_with_its_own_words() {
    let folder = Folder::with(&pipeline("one_line", "panics"));
    let ended = folder.run();
    ended
        .code(1)
        .says(&["between", "4", "the guest lost its temper"]);
    assert!(folder.files("out").is_empty());
    folder.expect_no_scratch();
}
