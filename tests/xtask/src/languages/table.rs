//! What came of each case in each language, shown as a table in markdown.

use super::package::Outcome;
use super::{LANGUAGES, Language};
use crate::test::Counts;

/// What came of one case in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// As expected.
    Same,
    /// The case is not written in this language.
    NotYet,
    /// The toolchain is not there, for this reason.
    NotTried(String),
    /// With the compiler's log.
    DoesNotBuild(String),
    /// With what was expected, and the log of the run.
    Differs(String),
}

impl Cell {
    fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotYet => "not yet",
            Self::NotTried(_) => "not tried",
            Self::DoesNotBuild(_) => "DOES NOT BUILD",
            Self::Differs(_) => "DIFFERS",
        }
    }

    /// What a failure has to say.
    fn failure(&self) -> Option<&str> {
        match self {
            Self::Same | Self::NotYet | Self::NotTried(_) => None,
            Self::DoesNotBuild(log) | Self::Differs(log) => Some(log),
        }
    }
}

/// Rows by their names, each with a cell a language.
pub(super) struct Table {
    cells: Vec<(&'static str, &'static str, Cell)>,
    package: Option<Outcome>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            cells: Vec::new(),
            package: None,
        }
    }

    /// Sets a cell, and tells what is wrong with it.
    pub(super) fn set(&mut self, row: &'static str, language: &Language, cell: Cell) {
        let name = language.name;
        if cell != Cell::NotYet {
            eprintln!("{row} in {name}: {}", cell.word());
        }
        // One build for several rows fails for all of them.
        let is_known = self
            .cells
            .last()
            .is_some_and(|(.., last)| last.failure() == cell.failure());
        if let Some(log) = cell.failure().filter(|_| !is_known) {
            eprintln!("{}", log.trim_end());
        }
        self.cells.push((row, name, cell));
    }

    /// The same for the Python package.
    pub(super) fn set_package(&mut self, outcome: Outcome) {
        eprintln!("the Python package: {outcome}");
        if let Some(log) = outcome.failure() {
            eprintln!("{}", log.trim_end());
        }
        self.package = Some(outcome);
    }

    pub(super) fn has_failed(&self) -> bool {
        let package = self.package.as_ref();
        package.is_some_and(|it| it.failure().is_some())
            || self.cells.iter().any(|(.., cell)| cell.failure().is_some())
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        for language in &LANGUAGES {
            let mut reason = None;
            for (_, _, cell) in self
                .cells
                .iter()
                .filter(|(_, name, _)| *name == language.name)
            {
                match cell {
                    Cell::Same => counts.passed += 1,
                    Cell::NotYet => {}
                    Cell::NotTried(why) => reason = Some(why),
                    Cell::DoesNotBuild(_) | Cell::Differs(_) => counts.failed += 1,
                }
            }
            if let Some(reason) = reason {
                counts
                    .not_tried
                    .push(format!("{}: {reason}", language.name));
            }
        }
        match &self.package {
            Some(Outcome::Ran { passed, failed, .. }) => {
                counts.passed += passed;
                counts.failed += failed;
            }
            Some(Outcome::NotTried(reason)) => counts.not_tried.push(format!("Python: {reason}")),
            Some(Outcome::Broken(_)) => counts.failed += 1,
            None => {}
        }
    }

    /// For people, with what came of the Python package.
    pub(super) fn print(&self) {
        println!("\n{}", self.markdown().trim_end());
        if let Some(outcome) = &self.package {
            println!("\nthe Python package: {outcome}");
        }
    }

    /// Whether it is the same wherever all of it can be tried: nothing failed, and no toolchain was missing.
    pub(super) fn is_whole(&self) -> bool {
        let is_sure = |cell: &Cell| matches!(cell, Cell::Same | Cell::NotYet);
        self.cells.iter().all(|(.., cell)| is_sure(cell))
    }

    pub(super) fn markdown(&self) -> String {
        let mut rows: Vec<&str> = Vec::new();
        for (row, ..) in &self.cells {
            if !rows.contains(row) {
                rows.push(row);
            }
        }
        let names: Vec<&str> = LANGUAGES.iter().map(|it| it.name).collect();
        let mut text = line("case", &names);
        text += &format!("|{}\n", "---|".repeat(names.len() + 1));
        for row in rows {
            let words: Vec<&str> = names.iter().map(|name| self.word(row, name)).collect();
            text += &line(row, &words);
        }
        text
    }

    fn word(&self, row: &str, language: &str) -> &'static str {
        let found = self
            .cells
            .iter()
            .find(|(of, name, _)| *of == row && *name == language);
        found.map_or("", |(.., cell)| cell.word())
    }
}

fn line(first: &str, cells: &[&str]) -> String {
    format!("| {first} | {} |\n", cells.join(" | "))
}
