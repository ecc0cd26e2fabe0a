//! Sources that are missing, empty, cut off or full of nonsense.

use std::fmt::Write;

use super::{csv_to_jsonl, refused};
use crate::folder::Folder;

#[test]
fn no_such_file() {
    let folder = Folder::with(&csv_to_jsonl("missing.csv", ""));
    refused(&folder, 1, &["missing.csv", "\"in\"", "no such file"]);
}

#[test]
fn no_such_pipeline() {
    let folder = Folder::new();
    let ended = crate::program::run(&mut folder.bubbles(&["run", "nowhere.toml"]));
    ended.code(2).says(&["nowhere.toml"]);
}

#[test]
fn a_glob_that_matches_nothing() {
    let folder = Folder::with(&csv_to_jsonl("data/flights-*.csv", ""));
    folder.write("data/weather.csv", "a\n1\n");
    refused(&folder, 1, &["no file matches", "data/flights-*.csv"]);
}

#[test]
fn an_empty_file() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "");
    refused(&folder, 1, &["in.csv", "empty"]);
}

#[test]
fn a_header_and_no_rows_is_no_error() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a,b\n");
    let ended = folder.run();
    ended.code(0);
    assert_eq!(ended.count("in", "rows_out"), 0);
    assert!(folder.lines("out").is_empty());
}

#[test]
fn a_truncated_row() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a,b,c\n1,2,3\n4,5");
    refused(&folder, 1, &["in.csv", "record at byte 12", "3"]);
}

#[test]
fn a_quote_that_never_closes() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", "a,b\n1,x\n2,\"y\n3,z\n");
    refused(&folder, 1, &["in.csv", "quote"]);
}

/// 10,000 rows of which each hundredth has a field too many.
fn one_in_a_hundred() -> String {
    let mut text = String::from("id,name\n");
    for id in 0..10_000 {
        let more = if id % 100 == 7 { ",surplus" } else { "" };
        writeln!(text, "{id},row {id}{more}").unwrap();
    }
    text
}

#[test]
fn one_percent_bad_rows_put_aside() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", "on-error = \"reject\""));
    folder.write("in.csv", one_in_a_hundred());
    let ended = folder.run();
    ended.code(0);
    assert_eq!(ended.count("in", "rows_in"), 10_000);
    assert_eq!(ended.count("in", "rejected"), 100);
    assert_eq!(ended.count("in", "rows_out"), 9_900);
    assert_eq!(ended.count("out", "rows_in"), 9_900);
    let lines = folder.lines("out");
    assert_eq!(lines.len(), 9_900);
    assert!(!lines.iter().any(|line| line.contains("row 107\"")));
    let report = ended.report();
    let rejects = std::fs::read_to_string(report["rejects"].as_str().unwrap()).unwrap();
    assert_eq!(rejects.lines().count(), 100, "{rejects}");
    assert!(rejects.contains("107,row 107,surplus"), "{rejects}");
    folder.expect_no_scratch();
}

#[test]
fn one_percent_bad_rows_fail_the_job() {
    let folder = Folder::with(&csv_to_jsonl("in.csv", "on-error = \"fail\""));
    folder.write("in.csv", one_in_a_hundred());
    refused(&folder, 1, &["in.csv", "on-error"]);
}

#[test]
fn bad_json_lines_put_aside() {
    let pipeline = csv_to_jsonl("in.jsonl", "on-error = \"reject\"");
    let folder = Folder::with(&pipeline.replace("extract = \"csv\"", "extract = \"jsonl\""));
    let mut text = String::new();
    for id in 0..10_000 {
        let end = if id % 100 == 7 { "" } else { "}" };
        writeln!(text, "{{\"id\":{id}{end}").unwrap();
    }
    folder.write("in.jsonl", text);
    let ended = folder.run();
    ended.code(0);
    assert_eq!(ended.count("in", "rejected"), 100);
    assert_eq!(ended.count("out", "rows_out"), 9_900);
    assert_eq!(folder.lines("out").len(), 9_900);
}

#[test]
fn invalid_utf8() {
    let text = b"id,name\n1,fine\n2,caf\xe9\n3,also fine\n";
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", text);
    refused(&folder, 1, &["in.csv", "UTF-8"]);

    let folder = Folder::with(&csv_to_jsonl("in.csv", "on-error = \"reject\""));
    folder.write("in.csv", text);
    let ended = folder.run();
    ended.code(0);
    assert_eq!(ended.count("in", "rejected"), 1);
    assert_eq!(folder.lines("out").len(), 2);
}

#[test]
fn a_line_of_100_megabytes() {
    let long = "x".repeat(100_000_000);
    let folder = Folder::with(&csv_to_jsonl("in.csv", ""));
    folder.write("in.csv", format!("id,name\n1,short\n2,{long}\n3,short\n"));
    refused(
        &folder,
        1,
        &["in.csv", "the record at byte 16 is longer than"],
    );

    let pipeline = csv_to_jsonl("in.jsonl", "");
    let folder = Folder::with(&pipeline.replace("extract = \"csv\"", "extract = \"jsonl\""));
    folder.write("in.jsonl", format!("{{\"id\":1}}\n{{\"id\":\"{long}\"}}\n"));
    refused(
        &folder,
        1,
        &["in.jsonl", "the line at byte 9 is longer than"],
    );
}

#[test]
fn not_a_parquet_file() {
    let pipeline = csv_to_jsonl("in.parquet", "");
    let pipeline = pipeline.replace("extract = \"csv\"", "extract = \"parquet\"");
    for bytes in [&b"id,name\n1,this is csv\n"[..], b"PAR1", b""] {
        let folder = Folder::with(&pipeline);
        folder.write("in.parquet", bytes);
        refused(&folder, 1, &["in.parquet"]);
    }
}
