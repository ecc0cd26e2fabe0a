//! The end of a job: what each task did, and where the output is.

use std::path::{Path, PathBuf};

use bubbles::{JobReport, Outcome, TaskReport};
use comfy_table::{Cell, CellAlignment, Table, presets};
use serde_json::{Value, json};

use crate::units::{bytes, count, per_second, plural, seconds};
use crate::{escape, output};

/// So many of a load's files are listed one by one.
const LISTED_OUTPUTS: usize = 6;

/// Where a job's rejects and log are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In files of this machine.
    Here,
    /// On a node: a command shows them.
    OnCluster,
}

impl Kept {
    /// Where the rejects of a job are, if it has any.
    pub(crate) fn rejects(self, report: &JobReport) -> Option<String> {
        self.place(report, report.rejects.as_deref(), "rejects")
    }

    /// Where the log of a job's plugins is, if it has any.
    pub(crate) fn log(self, report: &JobReport) -> Option<String> {
        self.place(report, report.log.as_deref(), "logs")
    }

    fn place(self, report: &JobReport, file: Option<&Path>, command: &str) -> Option<String> {
        let file = file?;
        Some(match self {
            Self::Here => shown(&file.to_string_lossy()),
            Self::OnCluster => format!("bubbles {command} {}", escape::line(&report.job)),
        })
    }
}

/// The report for people: a table, then where everything is. Relative places
/// start at `base`, the folder of the pipeline.
pub(crate) fn render(report: &JobReport, base: &Path, kept: Kept) -> String {
    let mut text = format!("{}\n", tasks(&report.tasks));
    for task in &report.tasks {
        if !task.outputs.is_empty() {
            text.push_str(&format!(
                "output of {}: {}\n",
                task.name,
                places(&task.outputs, base)
            ));
        }
    }
    let rejected: u64 = report.tasks.iter().map(|task| task.rejected).sum();
    if let Some(place) = kept.rejects(report) {
        let records = plural(rejected, "record");
        text.push_str(&match kept {
            Kept::Here => format!("rejected: {records}, kept with the reasons in {place}\n"),
            Kept::OnCluster => format!("rejected: {records}; rejects: {place}\n"),
        });
    }
    if let Some(place) = kept.log(report) {
        text.push_str(&match kept {
            Kept::Here => format!("log of the plugins: {place}\n"),
            Kept::OnCluster => format!("plugin log: {place}\n"),
        });
    }
    let outcome = match &report.outcome {
        Outcome::Committed => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Cancelled => "cancelled",
    };
    text.push_str(&format!(
        "{outcome} in {} (job {})\n",
        seconds(report.elapsed_seconds),
        report.job
    ));
    text
}

fn tasks(tasks: &[TaskReport]) -> Table {
    let mut table = table();
    let header = [
        "task", "rows in", "rows out", "rejected", "data in", "time", "MB/s", "rows/s",
    ];
    table.set_header(header);
    for task in tasks {
        let or_dash = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), count);
        let rate = per_second(task.bytes_in, task.cpu_seconds).map(|rate| rate as f64 / 1e6);
        let rows = task
            .rows_in
            .and_then(|rows| per_second(rows, task.cpu_seconds));
        table.add_row([
            task.name.clone(),
            or_dash(task.rows_in),
            or_dash(task.rows_out),
            count(task.rejected),
            bytes(task.bytes_in),
            seconds(task.cpu_seconds),
            rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}")),
            or_dash(rows),
        ]);
    }
    for column in 1..header.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// An empty table in the looks of this terminal, or of a file.
pub(crate) fn table() -> Table {
    let mut table = Table::new();
    let style = if output::draws_lines() {
        presets::UTF8_FULL_CONDENSED
    } else {
        presets::NOTHING
    };
    table.load_style(style);
    table
}

/// A header cell and the like.
pub(crate) fn cell(text: &str) -> Cell {
    Cell::new(escape::line(text))
}

/// Where output is: a file, or a folder with so many files, or a few of several places.
fn places(outputs: &[String], base: &Path) -> String {
    let outputs: Vec<String> = outputs
        .iter()
        .map(|output| shown(&absolute(output, base)))
        .collect();
    if let [only] = outputs.as_slice() {
        return only.clone();
    }
    let folder = |place: &String| place.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let first = outputs.first().and_then(folder);
    if let Some(shared) = first.filter(|first| {
        outputs
            .iter()
            .all(|other| folder(other).as_ref() == Some(first))
    }) {
        return format!("{shared}/ ({} files)", outputs.len());
    }
    let mut listed = outputs[..outputs.len().min(LISTED_OUTPUTS)].join(", ");
    if outputs.len() > LISTED_OUTPUTS {
        listed.push_str(&format!(" and {} more", outputs.len() - LISTED_OUTPUTS));
    }
    listed
}

/// A place that does not depend on the pipeline's folder: a URL, or a whole path.
fn absolute(place: &str, base: &Path) -> String {
    if place.contains("://") {
        return place.to_owned();
    }
    base.join(place).to_string_lossy().into_owned()
}

/// A place as it is shortest from the current folder.
fn shown(place: &str) -> String {
    let path = PathBuf::from(place.strip_prefix("file://").unwrap_or(place));
    let here = std::env::current_dir().ok();
    let relative = here
        .as_deref()
        .and_then(|here| path.strip_prefix(here).ok());
    escape::line(&relative.map_or(path.as_path(), Path::new).to_string_lossy())
}

/// The same as one JSON document: the report, with the rates that the table shows
/// and whole paths.
pub(crate) fn document(report: &JobReport, base: &Path) -> Value {
    let mut document = json!(report);
    let tasks = document.get_mut("tasks").and_then(Value::as_array_mut);
    for (value, task) in tasks.into_iter().flatten().zip(&report.tasks) {
        let rows = task
            .rows_in
            .and_then(|rows| per_second(rows, task.cpu_seconds));
        let outputs: Vec<String> = task.outputs.iter().map(|it| absolute(it, base)).collect();
        value["outputs"] = json!(outputs);
        value["bytes_per_cpu_second"] = json!(per_second(task.bytes_in, task.cpu_seconds));
        value["rows_per_cpu_second"] = json!(rows);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::Kind;

    fn report() -> JobReport {
        JobReport {
            job: "j1".to_owned(),
            pipeline: "late-flights".to_owned(),
            outcome: Outcome::Committed,
            elapsed_seconds: 1.25,
            splits_done: 4,
            splits: 4,
            tasks: vec![TaskReport {
                name: "out".to_owned(),
                kind: Kind::Load,
                rows_in: Some(27_004),
                rows_out: Some(27_000),
                rejected: 4,
                bytes_in: 2_000_000,
                bytes_out: 0,
                cpu_seconds: 0.5,
                outputs: vec![
                    "o/part-00000.jsonl".to_owned(),
                    "o/part-00001.jsonl".to_owned(),
                ],
            }],
            node: None,
            rejects: Some(PathBuf::from("/s/rejects.jsonl")),
            log: None,
        }
    }

    #[test]
    fn the_table_shows_counts_rates_and_places() {
        let text = render(&report(), Path::new("/p"), Kept::Here);
        for part in ["27,004", "27,000", "2.0 MB", "0.50 s", "4.0", "54,008"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        assert!(text.contains("output of out: /p/o/ (2 files)\n"), "{text}");
        assert!(text.contains("rejected: 4 records, kept with the reasons in /s/rejects.jsonl\n"));
        assert!(text.ends_with("done in 1.25 s (job j1)\n"));
    }

    #[test]
    fn what_a_cluster_keeps_is_shown_by_commands() {
        let mut report = report();
        report.log = Some(PathBuf::from("/s/log.txt"));
        let text = render(&report, Path::new("/p"), Kept::OnCluster);
        assert!(text.contains("rejected: 4 records; rejects: bubbles rejects j1\n"));
        assert!(text.contains("plugin log: bubbles logs j1\n"), "{text}");
        assert!(!text.contains("/s/"), "{text}");
    }

    #[test]
    fn the_document_has_the_same() {
        let document = document(&report(), Path::new("/p"));
        assert_eq!(document["outcome"], "committed");
        assert_eq!(document["tasks"][0]["outputs"][1], "/p/o/part-00001.jsonl");
        assert_eq!(document["tasks"][0]["rows_in"], 27_004);
        assert_eq!(document["tasks"][0]["bytes_per_cpu_second"], 4_000_000);
    }

    #[test]
    fn names_from_outside_are_escaped() {
        assert_eq!(
            places(&["/o/\u{1b}[2J".to_owned()], Path::new("/p")),
            "/o/\\u{1b}[2J"
        );
    }
}
