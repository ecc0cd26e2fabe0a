//! Bad input: a clear error, the right exit code, and nothing lost or half-written.

mod destinations;
mod pipelines;
mod plugins;
mod sources;

use crate::folder::Folder;
use crate::program::Ended;

/// From csv to json lines; `extract` is a further line of the first task.
fn csv_to_jsonl(path: &str, extract: &str) -> String {
    format!(
        r#"name = "copy"

[[task]]
name = "in"
extract = "csv"
config = {{ path = "{path}" }}
read = ["./"]
{extract}

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "out/" }}
write = ["out/"]
"#
    )
}

/// Runs a pipeline that cannot succeed, over the output of an earlier job, which must stay as it
/// is: nothing of it lost, nothing beside it.
#[track_caller]
fn refused(folder: &Folder, code: i32, words: &[&str]) -> Ended {
    folder.write("out/part-00000.jsonl", "{\"kept\":true}\n");
    let before = folder.files("out");
    let ended = folder.run();
    ended.code(code).says(words);
    let after = folder.files("out");
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>(),
        "{ended}"
    );
    assert_eq!(after, before);
    folder.expect_no_scratch();
    ended
}
