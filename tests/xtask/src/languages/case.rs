//! The cases of `tests/languages`: each is built, run, and held against what is expected.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::outcome::{Files, difference, files, not_failed, not_put_aside};
use super::table::Cell;
use super::{Language, Place, kit, limit, plugin};
use crate::shell::output;

/// The runtime compiles an interpreter the first time.
const LIMIT: Duration = Duration::from_secs(180);

/// A folder of `tests/languages`, with a plugin in each language and a pipeline for all.
pub(super) struct Case {
    folder: &'static str,
    /// The plugin's file without its ending.
    file: &'static str,
    runs: &'static [Run],
}

/// One run of a plugin: a row of the table.
struct Run {
    row: &'static str,
    /// What stands for `FAULT` in the pipeline.
    fault: &'static str,
    wanted: Wanted,
}

/// What has to come of a run.
enum Wanted {
    /// Just these files.
    Late,
    Copies,
    /// The job is done, and a reject names this reason; where a number is given, so many rows are out.
    PutAside(&'static str, Option<usize>),
    /// The job fails, says this, and leaves no output.
    Failure(&'static str),
}

pub(super) const CASES: [Case; 3] = [
    Case {
        folder: "filter-and-derive",
        file: "late",
        runs: &[run("filter-and-derive", "", Wanted::Late)],
    },
    Case {
        folder: "read-and-write",
        file: "copy",
        runs: &[run("read-and-write", "", Wanted::Copies)],
    },
    // Not `transient`, which ends only when it was tried often enough.
    Case {
        folder: "faults",
        file: "fault",
        runs: &[
            run(
                "a rejected row",
                "reject",
                Wanted::PutAside("it is the third", Some(27_003)),
            ),
            run(
                "an invalid batch",
                "invalid",
                Wanted::PutAside("the third is bad", None),
            ),
            run(
                "a fatal error",
                "fatal",
                Wanted::Failure("failed on split 0: the third is too much"),
            ),
            run(
                "a crash",
                "crash",
                Wanted::Failure("failed on split 0 (attempt 4 of 4)"),
            ),
        ],
    },
];

const fn run(row: &'static str, fault: &'static str, wanted: Wanted) -> Run {
    Run { row, fault, wanted }
}

/// The files that runs have to leave.
pub(super) struct Expected {
    late: Files,
    copies: Files,
}

/// Works out what is expected, with nothing of Bubbles.
pub(super) fn expected(place: &Place<'_>) -> Result<Expected> {
    let cases = place.project.root.join("tests/languages");
    let mut python = Command::new("python3");
    let late = output(python.arg(cases.join("filter-and-derive/expected.py")))?;
    Ok(Expected {
        late: Files::from([("late.jsonl".to_owned(), late.into_bytes())]),
        copies: files(&cases.join("read-and-write/expected"))?,
    })
}

impl Case {
    /// What comes of each run in this language.
    pub(super) fn cells(
        &self,
        place: &Place<'_>,
        kits: &kit::Kits,
        expected: &Expected,
        language: &Language,
    ) -> Vec<(String, Cell)> {
        let folder = place.project.root.join("tests/languages").join(self.folder);
        let source = folder.join(format!("{}.{}", self.file, language.ending));
        let all = |cell: &dyn Fn() -> Cell| -> Vec<(String, Cell)> {
            let rows = self.runs.iter();
            rows.map(|run| (run.row.to_owned(), cell())).collect()
        };
        if !source.exists() {
            return all(&|| Cell::NotYet);
        }
        if let Some(reason) = kits.lacks(language.kit) {
            return all(&|| Cell::NotTried(reason.to_owned()));
        }
        let plugin = match plugin::build(place, language, self.folder, &source) {
            Ok(Ok(plugin)) => plugin,
            Ok(Err(log)) => return all(&|| Cell::DoesNotBuild(log.clone())),
            Err(error) => return all(&|| Cell::DoesNotBuild(format!("{error:#}"))),
        };
        let rows = self.runs.iter().map(|run| {
            let differs = |error| Some(format!("{error:#}"));
            let difference = run
                .carry_out(place, expected, &folder, &plugin)
                .unwrap_or_else(differs);
            let cell = difference.map_or(Cell::Same, Cell::Differs);
            (run.row.to_owned(), cell)
        });
        rows.collect()
    }
}

impl Run {
    /// What is otherwise than expected, if anything is.
    fn carry_out(
        &self,
        place: &Place<'_>,
        expected: &Expected,
        folder: &Path,
        plugin: &Path,
    ) -> Result<Option<String>> {
        let stem = plugin.file_stem().unwrap_or_default().to_string_lossy();
        let own = place.make(&format!("runs/{stem}{}", self.fault))?;
        let out = own.join("out");
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        let text = fs::read_to_string(folder.join("pipeline.toml"))?;
        let pipeline = own.join("pipeline.toml");
        fs::write(&pipeline, self.pipeline(&text, &stem, folder, plugin, &out))?;
        let mut bubbles = Command::new(&place.bubbles);
        bubbles.arg("run").arg(&pipeline);
        bubbles.env("BUBBLES_HOME", place.home());
        let ended = limit::run(&mut bubbles, &own.join("log.txt"), LIMIT)?;
        let found = if out.exists() {
            files(&out)?
        } else {
            Files::new()
        };
        let wrong = match &self.wanted {
            Wanted::Late => difference(&expected.late, &found),
            Wanted::Copies => difference(&expected.copies, &found),
            Wanted::PutAside(reason, rows) => not_put_aside(&ended.log, reason, *rows, &found)?,
            Wanted::Failure(message) => not_failed(&ended.log, message, &found),
        };
        let code = i32::from(matches!(self.wanted, Wanted::Failure(_)));
        let wrong = wrong.or_else(|| {
            let ended = ended
                .code
                .map_or("killed".to_owned(), |code| code.to_string());
            (ended != code.to_string())
                .then(|| format!("exit code {code} was expected, not {ended}"))
        });
        Ok(wrong.map(|wrong| format!("{wrong}\n{}", ended.log)))
    }

    /// The case's pipeline with this plugin, and with the paths of its folder. Its name is the plugin's,
    /// as a bookmark belongs to a name.
    fn pipeline(&self, text: &str, name: &str, folder: &Path, plugin: &Path, out: &Path) -> String {
        let folder = folder.display();
        text.replacen("name = \"", &format!("name = \"{name}-"), 1)
            .replace("PLUGIN", &plugin.display().to_string())
            .replace("FAULT", self.fault)
            .replace("OUT/", &format!("{}/", out.display()))
            .replace("\"../", &format!("\"{folder}/../"))
            .replace("\"data/", &format!("\"{folder}/data/"))
    }
}
