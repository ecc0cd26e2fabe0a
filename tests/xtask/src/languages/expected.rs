//! What the runs of a case have to read and to leave, worked out with nothing of Bubbles.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::case::Case;
use super::outcome::{Files, files};
use super::{Place, plugin};
use crate::shell::output;

/// What `expected.py` of a case prints.
const OUTPUT: &str = "out.jsonl";

/// By the folders of the cases.
pub(super) struct Expected(BTreeMap<&'static str, Facts>);

/// The data and the expected files of one case.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) data: PathBuf,
    pub(super) files: Files,
}

impl Expected {
    pub(super) fn new(place: &Place<'_>, cases: &[&'static Case]) -> Result<Self> {
        let facts = cases
            .iter()
            .map(|case| Ok((case.folder, facts(place, case)?)));
        Ok(Self(facts.collect::<Result<_>>()?))
    }

    pub(super) fn of(&self, case: &Case) -> Facts {
        self.0[case.folder].clone()
    }
}

fn facts(place: &Place<'_>, case: &Case) -> Result<Facts> {
    let folder = place.project.root.join("tests/languages").join(case.folder);
    let script = folder.join("expected.py");
    let files = if script.exists() {
        let printed = output(python().arg(script))?;
        Files::from([(OUTPUT.to_owned(), printed.into_bytes())])
    } else if folder.join("expected").exists() {
        files(&folder.join("expected"))?
    } else {
        Files::new()
    };
    let data = data(place, case)?.unwrap_or(folder.join("data"));
    Ok(Facts { data, files })
}

/// The folder that `data.py` of a case fills, where it has one.
fn data(place: &Place<'_>, case: &Case) -> Result<Option<PathBuf>> {
    let script = place
        .project
        .root
        .join("tests/languages")
        .join(case.folder)
        .join("data.py");
    if !script.exists() {
        return Ok(None);
    }
    let data = place.folder.join("data").join(case.folder);
    if !plugin::is_fresh(&data, std::slice::from_ref(&script))? {
        let new = place.make("data")?.join(format!("{}.new", case.folder));
        for old in [&new, &data] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        fs::create_dir(&new)?;
        output(python().arg(script).arg(&new))?;
        fs::rename(new, &data)?;
    }
    Ok(Some(data))
}

fn python() -> Command {
    let mut python = Command::new("python3");
    // Leaves nothing among the sources.
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}
