//! `examples/polyglot`: one job in four languages.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use super::kit::{self, Kit};
use super::{Place, limit};

const LIMIT: Duration = Duration::from_secs(300);

/// What it is made with.
const KITS: [Kit; 4] = [Kit::Go, Kit::Python, Kit::Clang, Kit::Node];

/// What is otherwise than expected, if anything is; nothing at all, where a toolchain is missing.
pub(super) fn test(place: &Place<'_>, kits: &kit::Kits) -> Option<Result<Option<String>>> {
    let all = KITS.iter().all(|kit| kits.lacks(*kit).is_none());
    all.then(|| carry_out(place))
}

fn carry_out(place: &Place<'_>) -> Result<Option<String>> {
    let example = place.project.root.join("examples/polyglot");
    let report = example.join("out/report.md");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut bubbles = kit::bubbles(place)?;
    bubbles.arg("run").arg(&example);
    let ended = limit::run(&mut bubbles, &place.folder.join("polyglot.log"), LIMIT)?;
    let expected = fs::read_to_string(example.join("expected/report.md"))?;
    let found = fs::read_to_string(&report).unwrap_or_default();
    let is_told = ended.log.contains("rejected: 1 record");
    let same = ended.code == Some(0) && found == expected && is_told;
    Ok((!same).then(|| format!("{found}\n{}", ended.log)))
}
