//! What `bubbles new` writes, run as it stands.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use super::table::Cell;
use super::{Built, Language, Place, kit, limit};

pub(super) const ROW: &str = "a new folder";

/// The runtime compiles an interpreter the first time.
const LIMIT: Duration = Duration::from_secs(300);

/// What each of them makes of its `data/readings.csv`.
const WARM: &str = "\
{\"sensor\":\"roof\",\"celsius\":31.0,\"fahrenheit\":87.8}
{\"sensor\":\"garden\",\"celsius\":24.5,\"fahrenheit\":76.1}
{\"sensor\":\"roof\",\"celsius\":32.5,\"fahrenheit\":90.5}
";

/// What comes of it in this language. That of Rust compiles all its libraries for itself: it is left to
/// people.
pub(super) fn cell(place: &Place<'_>, kits: &kit::Kits, language: &Language) -> Option<Cell> {
    if matches!(language.built, Built::ByCargo) {
        return None;
    }
    if let Some(reason) = kits.lacks(language.kit) {
        return Some(Cell::NotTried(reason.to_owned()));
    }
    Some(match carry_out(place, language) {
        Ok(None) => Cell::Same,
        Ok(Some(difference)) => Cell::Differs(difference),
        Err(error) => Cell::Differs(format!("{error:#}")),
    })
}

/// What is otherwise than expected, if anything is.
fn carry_out(place: &Place<'_>, language: &Language) -> Result<Option<String>> {
    let name = language.name.to_lowercase().replace('+', "p");
    let folder = place.make("new")?.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let log = place.folder.join(format!("new-{name}.log"));
    let mut new = kit::bubbles(place)?;
    new.args(["new", &format!("new-{name}"), "--lang", &name, "--path"]);
    let ended = limit::run(new.arg(&folder), &log, LIMIT)?;
    if ended.code != Some(0) {
        return Ok(Some(ended.log));
    }
    let mut run = kit::bubbles(place)?;
    let ended = limit::run(run.arg("run").arg(&folder), &log, LIMIT)?;
    let warm = fs::read_to_string(folder.join("out/warm.jsonl")).unwrap_or_default();
    // JavaScript has one kind of number, and writes 31.0 as 31.
    let same = ended.code == Some(0) && warm.replace("31,", "31.0,") == WARM;
    Ok((!same).then(|| format!("{warm}\n{}", ended.log)))
}
