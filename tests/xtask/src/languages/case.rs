//! The cases of `tests/languages`: each is built, run, and held against what is expected.

use std::path::Path;

use super::expected::Expected;
use super::guest::Guest;
use super::run::{Run, Wanted, run};
use super::table::Cell;
use super::{Language, Place, kit};

/// A folder of `tests/languages`, with a plugin in each language and a pipeline for all.
pub(super) struct Case {
    pub(super) folder: &'static str,
    /// The plugin's file without its ending.
    pub(super) file: &'static str,
    runs: &'static [Run],
}

pub(super) const CASES: [Case; 12] = [
    Case {
        folder: "filter-and-derive",
        file: "late",
        runs: &[run("filter-and-derive", "", Wanted::Output)],
    },
    Case {
        folder: "one-to-many",
        file: "hours",
        runs: &[run("one-to-many", "", Wanted::Output)],
    },
    Case {
        folder: "group-by",
        file: "carriers",
        runs: &[run("group-by", "", Wanted::Output)],
    },
    Case {
        folder: "two-inputs",
        file: "named",
        runs: &[run("two inputs", "", Wanted::Output)],
    },
    Case {
        folder: "configuration",
        file: "carrier",
        runs: &[
            run("configuration", "carrier = \"HA\"", Wanted::Output),
            run(
                "a missing setting",
                "miles = 100",
                Wanted::Refusal(&["`config` of `carrier` lacks `carrier`"]),
            ),
            run(
                "a wrong setting",
                "carrier = 51",
                Wanted::Refusal(&["`config.carrier` of `carrier` is not of type string"]),
            ),
            run(
                "an unknown setting",
                "carrier = \"HA\", mile = 100",
                Wanted::Refusal(&["`config` of `carrier` has no setting `mile`"]),
            ),
        ],
    },
    Case {
        folder: "log",
        file: "words",
        runs: &[run(
            "log lines",
            "",
            Wanted::Log(&[
                "debug words split 0 attempt 1: American Airlines Inc. is there",
                "info words split 0 attempt 1: JetBlue Airways is \"blue\"",
                "warn words split 0 attempt 1: Frontier Airlines Inc. is cold",
                "warn words split 0 attempt 1: and far",
                "error words split 0 attempt 1: Hawaiian Airlines Inc. is wet – é€😀",
            ]),
        )],
    },
    Case {
        folder: "prints",
        file: "prints",
        runs: &[run(
            "prints",
            "",
            Wanted::Log(&[
                "info words split 0 attempt 1: American Airlines Inc.",
                "error words split 0 attempt 1: Hawaiian Airlines Inc.",
            ]),
        )],
    },
    Case {
        folder: "attempts",
        file: "again",
        runs: &[run("a transient error", "", Wanted::Output)],
    },
    // What the second run loses in the same memory, the first one did not.
    Case {
        folder: "flat-memory",
        file: "sparse",
        runs: &[
            run("100 MB in flat memory", "false", Wanted::Output),
            run("a leak of a tenth", "true", Wanted::Failure(&["memory"])),
        ],
    },
    Case {
        folder: "read-and-write",
        file: "copy",
        runs: &[
            run("read-and-write", "", Wanted::Output),
            // The same pipeline again: all files were read.
            run("a bookmark", "", Wanted::Nothing),
        ],
    },
    Case {
        folder: "commit-and-abort",
        file: "count",
        runs: &[
            run(
                "commit twice",
                "false",
                Wanted::Log(&["warn parts: committed twice", "warn all: committed twice"]),
            ),
            run(
                "abort twice",
                "true",
                Wanted::Failure(&["there is no room for all", "aborted twice"]),
            ),
        ],
    },
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
                Wanted::Failure(&["failed on split 0: the third is too much"]),
            ),
            run(
                "a crash",
                "crash",
                Wanted::Failure(&["failed on split 0 (attempt 4 of 4)"]),
            ),
        ],
    },
];

impl Case {
    /// What comes of each run in this language.
    pub(super) fn cells(
        &self,
        place: &Place<'_>,
        kits: &kit::Kits,
        expected: &Expected,
        language: &Language,
    ) -> Vec<(&'static str, Cell)> {
        let folder = place.project.root.join("tests/languages").join(self.folder);
        match self.guest(place, kits, language, &folder) {
            Ok(guest) => {
                let cell = |run: &Run| run.cell(place, &expected.of(self), &folder, &guest);
                self.runs.iter().map(|run| (run.row, cell(run))).collect()
            }
            Err(cell) => {
                let rows = self.runs.iter();
                rows.map(|run| (run.row, cell.clone())).collect()
            }
        }
    }

    /// The plugin, or what stands in the table where there is none.
    fn guest(
        &self,
        place: &Place<'_>,
        kits: &kit::Kits,
        language: &Language,
        folder: &Path,
    ) -> Result<Guest, Cell> {
        let source = folder.join(format!("{}.{}", self.file, language.ending));
        if !source.exists() {
            return Err(Cell::NotYet);
        }
        if let Some(reason) = kits.lacks(language.kit) {
            return Err(Cell::NotTried(reason.to_owned()));
        }
        match Guest::build(place, language, self.folder, &source) {
            Ok(Ok(guest)) => Ok(guest),
            Ok(Err(log)) => Err(Cell::DoesNotBuild(log)),
            Err(error) => Err(Cell::DoesNotBuild(format!("{error:#}"))),
        }
    }
}
