//! A job over the output of an earlier one.

use crate::folder::Folder;

const PIPELINE: &str = r#"name = "copy"

[[task]]
name = "in"
extract = "csv"
config = { path = "in-*.csv" }
read = ["./"]

[[task]]
name = "out"
load = "jsonl"
config = { path = "out/" }
write = ["out/"]
"#;

fn with_files(count: u32) -> Folder {
    let folder = Folder::with(PIPELINE);
    for file in 0..count {
        folder.write(
            &format!("in-{file}.csv"),
            format!("file,row\n{file},1\n{file},2\n"),
        );
    }
    folder
}

#[test]
fn gives_the_same() {
    let folder = with_files(3);
    folder.run().code(0);
    let first = folder.files("out");
    assert_eq!(folder.lines("out").len(), 6);
    folder.run().code(0);
    assert_eq!(folder.files("out"), first);
    folder.expect_no_scratch();
}

#[test]
fn with_fewer_parts_leaves_none_of_the_old() {
    let folder = with_files(4);
    folder.run().code(0);
    assert_eq!(folder.lines("out").len(), 8);
    let parts = folder.files("out").len();
    for file in 1..4 {
        std::fs::remove_file(folder.path(&format!("in-{file}.csv"))).unwrap();
    }
    folder.write("out/README.txt", "not a part\n");
    folder.run().code(0);
    assert!(folder.files("out").len() <= parts);
    assert_eq!(folder.read("out/README.txt"), "not a part\n");
    std::fs::remove_file(folder.path("out/README.txt")).unwrap();
    assert_eq!(
        folder.lines("out"),
        ["{\"file\":0,\"row\":1}", "{\"file\":0,\"row\":2}"]
    );
}
