//! The output folder of a job: its parts, and what does not belong there.

use std::path::Path;
use std::{fs, io};

use ledger::Row;

use super::Violation;

/// What one attempt wrote of a partition.
#[derive(Debug)]
pub(super) struct Part {
    /// The file's.
    pub(super) name: String,
    /// In order.
    pub(super) rows: Vec<Row>,
}

/// All parts, by name. What else is there is told to `wrong`.
pub(super) fn parts(folder: &Path, wrong: &mut impl FnMut(Violation)) -> io::Result<Vec<Part>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut parts = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Hidden beside the output is how the runtime stages files.
        if name.starts_with('.') {
            wrong(Violation::Staging(name));
        } else if name.starts_with("part-") && name.ends_with(".jsonl") {
            let text = fs::read_to_string(entry.path())?;
            parts.push(part(name, &text, wrong));
        } else {
            wrong(Violation::Foreign(name));
        }
    }
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(parts)
}

fn part(name: String, text: &str, wrong: &mut impl FnMut(Violation)) -> Part {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(row) => rows.push(row),
            Err(_) => wrong(Violation::Unreadable {
                name: name.clone(),
                line: index + 1,
            }),
        }
    }
    Part { name, rows }
}
