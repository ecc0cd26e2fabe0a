//! Whether a run left what it should: files, rejects, or an error and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Files by their names.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Nothing where a reject has this reason and so many rows are out.
pub(super) fn not_put_aside(
    log: &str,
    reason: &str,
    rows: Option<usize>,
    found: &Files,
) -> Result<Option<String>> {
    let Some(rejects) = read_after(log, "kept with the reasons in ")? else {
        return Ok(Some("a reject was expected".to_owned()));
    };
    if !rejects.contains(reason) {
        return Ok(Some(format!("a reject was expected because \"{reason}\"")));
    }
    let lines = |file: &Vec<u8>| file.iter().filter(|byte| **byte == b'\n').count();
    let written: usize = found.values().map(lines).sum();
    let wrong = rows.filter(|rows| *rows != written);
    Ok(wrong.map(|rows| format!("{rows} rows were expected, not {written}")))
}

/// Nothing where the log of the plugins has these lines, in any order, and no others.
pub(super) fn not_logged(log: &str, lines: &[&str]) -> Result<Option<String>> {
    let logged = read_after(log, "log of the plugins: ")?.unwrap_or_default();
    let (mut logged, mut wanted): (Vec<&str>, Vec<&str>) = (logged.lines().collect(), lines.into());
    logged.sort_unstable();
    wanted.sort_unstable();
    let wrong = logged != wanted;
    Ok(wrong.then(|| format!("the log was expected to be {wanted:#?}, not {logged:#?}")))
}

/// The file that is named after these words.
fn read_after(log: &str, words: &str) -> Result<Option<String>> {
    let Some((_, rest)) = log.split_once(words) else {
        return Ok(None);
    };
    let path = Path::new(rest.lines().next().unwrap_or_default().trim());
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text))
}

/// Nothing where the job failed as it should.
pub(super) fn not_failed(log: &str, messages: &[&str], found: &Files) -> Option<String> {
    if let Some(message) = messages.iter().find(|it| !log.contains(**it)) {
        return Some(format!("a failure was expected: \"{message}\""));
    }
    let name = found.keys().next()?;
    Some(format!("no output was expected, not {name}"))
}

/// The first difference, for people.
pub(super) fn difference(expected: &Files, found: &Files) -> Option<String> {
    if !expected.keys().eq(found.keys()) {
        let (wanted, got) = (expected.keys(), found.keys());
        return Some(format!("the files {wanted:?} were expected, not {got:?}"));
    }
    expected.iter().find_map(|(name, wanted)| {
        let got = &found[name];
        if wanted == got {
            return None;
        }
        let (wanted, got) = (
            String::from_utf8_lossy(wanted),
            String::from_utf8_lossy(got),
        );
        let line = wanted
            .lines()
            .zip(got.lines())
            .position(|(one, other)| one != other);
        let line = line.unwrap_or_else(|| wanted.lines().count().min(got.lines().count()));
        let shown = |text: &str| text.lines().nth(line).unwrap_or("nothing").to_owned();
        Some(format!(
            "{name}, line {}:\nexpected {}\ngot      {}",
            line + 1,
            shown(&wanted),
            shown(&got)
        ))
    })
}

/// All files of a folder.
pub(super) fn files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            for (inner, bytes) in self::files(&entry.path())? {
                files.insert(format!("{name}/{inner}"), bytes);
            }
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Files {
        Files::from([("a".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        assert_eq!(difference(&one("1\n2\n"), &one("1\n2\n")), None);
        let shown = difference(&one("1\n2\n"), &one("1\n3\n"));
        assert_eq!(shown.as_deref(), Some("a, line 2:\nexpected 2\ngot      3"));
        let shown = difference(&one("1\n2\n"), &one("1\n"));
        assert_eq!(
            shown.as_deref(),
            Some("a, line 2:\nexpected 2\ngot      nothing")
        );
        let shown = difference(&one("1\n"), &Files::new()).unwrap_or_default();
        assert!(shown.starts_with("the files"), "{shown}");
    }

    #[test]
    fn a_failure_says_its_message_and_leaves_nothing() {
        let log = "error: it is too much\n";
        assert_eq!(not_failed(log, &["too much"], &Files::new()), None);
        assert!(not_failed(log, &["too much", "too little"], &Files::new()).is_some());
        assert!(not_failed(log, &["too much"], &one("")).is_some());
    }
}
