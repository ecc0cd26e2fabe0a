//! One run of a case's plugin.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::expected::Facts;
use super::guest::Guest;
use super::outcome::{Files, difference, files, not_failed, not_logged, not_put_aside};
use super::table::Cell;
use super::{Place, kit, limit};

/// The runtime compiles an interpreter the first time.
const LIMIT: Duration = Duration::from_secs(180);

/// One run of a plugin: a row of the table.
pub(super) struct Run {
    pub(super) row: &'static str,
    /// What stands for `SETTING` in the pipeline.
    setting: &'static str,
    wanted: Wanted,
}

/// What has to come of a run.
pub(super) enum Wanted {
    /// Just the expected files.
    Output,
    /// No files at all.
    Nothing,
    /// Just the expected files, and these lines in the log of the plugins.
    Log(&'static [&'static str]),
    /// The job is done, and a reject names this reason; where a number is given, so many rows are out.
    PutAside(&'static str, Option<usize>),
    /// The job fails, says this, and leaves no output.
    Failure(&'static [&'static str]),
    /// The pipeline is wrong, which is said before anything runs.
    Refusal(&'static [&'static str]),
}

pub(super) const fn run(row: &'static str, setting: &'static str, wanted: Wanted) -> Run {
    Run {
        row,
        setting,
        wanted,
    }
}

impl Run {
    pub(super) fn cell(
        &self,
        place: &Place<'_>,
        facts: &Facts,
        folder: &Path,
        guest: &Guest,
    ) -> Cell {
        if guest.is_script() && matches!(self.wanted, Wanted::Refusal(_)) {
            // What a script makes of its configuration is known to itself alone.
            return Cell::NotYet;
        }
        match self.carry_out(place, facts, folder, guest) {
            Ok(None) => Cell::Same,
            Ok(Some(difference)) => Cell::Differs(difference),
            Err(error) => Cell::Differs(format!("{error:#}")),
        }
    }

    /// What is otherwise than expected, if anything is.
    fn carry_out(
        &self,
        place: &Place<'_>,
        facts: &Facts,
        folder: &Path,
        guest: &Guest,
    ) -> Result<Option<String>> {
        // One for all runs of a plugin, as a bookmark belongs to the folder and the name of a pipeline.
        let own = place.make(&format!("runs/{}", guest.name))?;
        let name = self.row.replace(' ', "-");
        let out = own.join("out");
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        let text = fs::read_to_string(folder.join("pipeline.toml"))?;
        let pipeline = own.join(format!("{name}.toml"));
        fs::write(&pipeline, self.pipeline(&text, folder, facts, guest, &out)?)?;
        let mut bubbles = kit::bubbles(place)?;
        bubbles.arg("run").arg(&pipeline);
        let ended = limit::run(&mut bubbles, &own.join(format!("{name}.log")), LIMIT)?;
        let found = if out.exists() {
            files(&out)?
        } else {
            Files::new()
        };
        let (code, wrong) = match &self.wanted {
            Wanted::Output => (0, difference(&facts.files, &found)),
            Wanted::Nothing => (0, difference(&Files::new(), &found)),
            Wanted::Log(lines) => {
                let wrong = difference(&facts.files, &found);
                (
                    0,
                    wrong.map_or_else(|| not_logged(&ended.log, lines), |it| Ok(Some(it)))?,
                )
            }
            Wanted::PutAside(reason, rows) => {
                (0, not_put_aside(&ended.log, reason, *rows, &found)?)
            }
            Wanted::Failure(messages) => (1, not_failed(&ended.log, messages, &found)),
            Wanted::Refusal(messages) => (2, not_failed(&ended.log, messages, &found)),
        };
        let wrong = wrong.or_else(|| {
            let wrong = ended.code != Some(code);
            wrong.then(|| format!("exit code {code} was expected, not {:?}", ended.code))
        });
        Ok(wrong.map(|wrong| format!("{wrong}\n{}", ended.log)))
    }

    /// The case's pipeline with this plugin, and with the paths of its folder.
    fn pipeline(
        &self,
        text: &str,
        folder: &Path,
        facts: &Facts,
        guest: &Guest,
        out: &Path,
    ) -> Result<String> {
        let text = guest
            .fill(text)
            .replace("SETTING", self.setting)
            .replace("OUT/", &format!("{}/", out.display()))
            .replace("\"../", &format!("\"{}/../", folder.display()))
            .replace("\"data/", &format!("\"{}/", facts.data.display()));
        Ok(text)
    }
}
