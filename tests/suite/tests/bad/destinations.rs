//! Destinations that cannot be written. The mounts are made in a namespace of the test's own, so
//! that root, whom modes do not stop, is stopped too, and nothing has to be taken down.

use std::fmt::Write;
use std::process::Command;

use super::csv_to_jsonl;
use crate::folder::Folder;
use crate::program::{self, Ended};

/// Runs the pipeline with `out/` as `mount` leaves it. The last line that is printed lists what is
/// in `out/` afterwards.
fn run_mounted(folder: &Folder, mount: &str) -> Ended {
    let bubbles = crate::built::bubbles();
    let script = format!(
        "set -e\nmkdir out\n{mount}\nset +e\n'{}' run . --quiet\ncode=$?\n\
         echo left: $(find out -mindepth 1 | sort)\nexit $code",
        bubbles.display()
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "--user", "--map-root-user", "sh", "-c", &script]);
    folder.surround(&mut command);
    program::run(&mut command)
}

/// About 8 MB of rows.
fn many_rows() -> String {
    let mut text = String::from("id,name\n");
    for id in 0..200_000 {
        writeln!(text, "{id},the name of row number {id}").unwrap();
    }
    text
}

#[test]
fn a_folder_that_is_not_writable() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a\n1\n");
    let mount = "echo old > out/part-00000.jsonl\n\
                 mount --bind out out\nmount -o remount,bind,ro out";
    let ended = run_mounted(&folder, mount);
    ended.code(1).says(&["\"out\"", "Read-only file system"]);
    assert_eq!(ended.stdout, "left: out/part-00000.jsonl\n", "{ended}");
    folder.expect_no_scratch();
}

#[test]
fn a_disk_that_is_full() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", many_rows());
    let mount = "mount -t tmpfs -o size=1m tmpfs out\necho old > out/part-00000.jsonl";
    let ended = run_mounted(&folder, mount);
    ended.code(1).says(&["\"out\"", "No space left"]);
    assert_eq!(ended.stdout, "left: out/part-00000.jsonl\n", "{ended}");
    folder.expect_no_scratch();
}

#[test]
fn a_file_where_the_folder_should_be() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a\n1\n").write("out", "a file\n");
    let ended = folder.run();
    assert_ne!(ended.code, Some(0), "{ended}");
    ended.says(&["out"]);
    assert_eq!(folder.read("out"), "a file\n");
    folder.expect_no_scratch();
}
