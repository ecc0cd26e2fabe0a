//! Parquet as DuckDB and Polars read and write it.

use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;
use crate::{built, program};

const READ: &str = include_str!("other_readers/read.py");
const WRITE: &str = include_str!("other_readers/write.py");

fn python(folder: &Folder, script: &str, words: &[&str]) -> String {
    let mut command = Command::new(built::python());
    command.arg("-c").arg(script).args(words);
    folder.surround(&mut command);
    let ended = program::run(&mut command);
    ended.code(0);
    ended.stdout
}

fn pipeline(extract: &str, path: &str, load: &str) -> String {
    format!(
        r#"name = "convert"

[[task]]
name = "in"
extract = "{extract}"
config = {{ path = "{path}" }}
read = ["./"]

[[task]]
name = "out"
load = "{load}"
config = {{ path = "out/" }}
write = ["out/"]
"#
    )
}

#[test]
fn both_read_what_we_write() {
    let folder = Folder::with(&pipeline("csv", "in.csv", "parquet"));
    let csv = "id,share,name,day,at,ok\n\
               1,0.5,bubble,2013-01-31,2013-01-31T10:00:00Z,true\n\
               2,,\"a, b\",,,false\n\
               3,-1.25,naïve,1969-12-31,1969-12-31T23:59:59Z,\n";
    folder.write("in.csv", csv);
    folder.run().code(0);
    let seen = python(&folder, READ, &["out"]);
    let mut readers = seen
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (duckdb, polars) = (readers.next().unwrap(), readers.next().unwrap());
    assert_eq!(duckdb, polars);
    let expected = serde_json::json!([
        {"id": "1", "share": "0.5", "name": "bubble", "day": "2013-01-31",
         "at": "2013-01-31 10:00:00", "ok": "True"},
        {"id": "2", "share": null, "name": "a, b", "day": null, "at": null, "ok": "False"},
        {"id": "3", "share": "-1.25", "name": "naïve", "day": "1969-12-31",
         "at": "1969-12-31 23:59:59", "ok": null},
    ]);
    assert_eq!(duckdb, expected);
}

#[test]
fn we_read_what_both_write() {
    for writer in ["duckdb", "polars"] {
        for compression in ["zstd", "snappy"] {
            let folder = Folder::with(&pipeline("parquet", "in.parquet", "jsonl"));
            python(&folder, WRITE, &[writer, compression, "in.parquet"]);
            let ended = folder.run();
            ended.code(0);
            assert_eq!(
                ended.count("in", "rows_out"),
                10_000,
                "{writer} {compression}"
            );
            let lines = folder.lines("out");
            assert_eq!(lines.len(), 10_000);
            let rows: Vec<Value> = lines
                .iter()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            for row in rows {
                let id = row["id"].as_i64().unwrap();
                let name = (id % 3 != 0).then(|| format!("row {id}"));
                assert_eq!(
                    row["name"].as_str(),
                    name.as_deref(),
                    "{writer} {compression}"
                );
                assert_eq!(row["half"].as_f64(), Some(id as f64 / 2.0));
                assert_eq!(
                    row["tags"],
                    serde_json::json!([format!("t{}", id % 5), "all"])
                );
                assert_eq!(row["day"].as_str(), Some("2013-01-31"));
            }
        }
    }
}
