//! The languages: the cases of `tests/languages` in each of them, and the tests of the Python package.
//!
//! A toolchain is installed by itself, at a pinned version. Where that cannot be (no network, no root),
//! its languages are shown as not tried, and why; whatever else goes wrong is a failure.

mod case;
mod example;
mod expected;
mod guest;
mod interpreter;
mod kit;
mod limit;
mod outcome;
mod package;
mod page;
mod plugin;
mod run;
mod rust;
mod table;
mod template;

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Project, run};
use crate::test::Counts;
use case::Case;
use expected::Expected;
use kit::Kit;
use table::Table;

/// A language that plugins are written in.
struct Language {
    name: &'static str,
    /// What its files end with, after the dot.
    ending: &'static str,
    kit: Kit,
    built: Built,
    /// The folders of `sdk` that its plugins are made of.
    sdk: &'static [&'static str],
    /// Enough for a case that keeps nothing of what goes through, with less than ten megabytes to spare.
    memory: &'static str,
}

/// How a file becomes a plugin.
#[derive(Clone, Copy)]
enum Built {
    /// By `bubbles build`.
    Compiled,
    ByCargo,
    /// Not at all: one plugin runs all of them.
    Interpreted,
}

use Built::{ByCargo, Compiled, Interpreted};

#[rustfmt::skip]
const LANGUAGES: [Language; 9] = [
    language("Rust", "rs", Kit::Rust, ByCargo, &[], "8MiB"),
    language("C", "c", Kit::Clang, Compiled, &["c"], "8MiB"),
    language("C++", "cpp", Kit::Clang, Compiled, &["c", "cpp"], "8MiB"),
    language("Go", "go", Kit::Go, Compiled, &["go"], "24MiB"),
    language("JavaScript", "js", Kit::Node, Compiled, &["javascript", "wit"], "14MiB"),
    language("TypeScript", "ts", Kit::Node, Compiled, &["javascript", "wit"], "14MiB"),
    language("Python", "py", Kit::Python, Interpreted, &[], "34MiB"),
    language("Zig", "zig", Kit::Zig, Compiled, &["c", "zig"], "8MiB"),
    language("AssemblyScript", "as.ts", Kit::Node, Compiled, &["assemblyscript"], "8MiB"),
];

const fn language(
    name: &'static str,
    ending: &'static str,
    kit: Kit,
    built: Built,
    sdk: &'static [&'static str],
    memory: &'static str,
) -> Language {
    Language {
        name,
        ending,
        kit,
        built,
        sdk,
        memory,
    }
}

/// Where all of this lies, and the program that is tested.
struct Place<'a> {
    project: &'a Project,
    /// `target/languages`: toolchains, plugins, output.
    folder: PathBuf,
    bubbles: PathBuf,
}

/// Just this: builds what it needs, unless `BUBBLES_BIN` names a program. With a name only the cases
/// whose name contains it.
pub(crate) fn only(project: &Project, name: Option<&str>) -> Result<()> {
    if std::env::var_os("BUBBLES_BIN").is_none() {
        run(&mut project.cargo("build --release --locked --workspace --bins"))?;
    }
    let mut counts = Counts::default();
    let outcome = run_cases(project, name, &mut counts);
    println!("{counts}");
    let table = outcome?;
    if name.is_none() && table.is_whole() {
        page::write(project, &table.markdown())?;
    }
    Ok(())
}

/// Just the plugins that run scripts.
pub(crate) fn interpreters(project: &Project) -> Result<()> {
    let place = Place::new(project);
    for interpreter in &interpreter::ALL {
        interpreter.kit().ready(&place)?;
        match interpreter.build(&place)? {
            Ok(wasm) => println!("{}", wasm.display()),
            Err(log) => bail!("{interpreter} does not build:\n{log}"),
        }
    }
    Ok(())
}

/// Runs all of it on the program that is built, and adds each cell of the table to the counts.
pub(crate) fn test(project: &Project, counts: &mut Counts) -> Result<()> {
    let table = run_cases(project, None, counts)?;
    if table.is_whole() {
        page::check(project, &table.markdown())?;
    }
    Ok(())
}

fn run_cases(project: &Project, name: Option<&str>, counts: &mut Counts) -> Result<Table> {
    let place = Place::new(project);
    // What the jobs of earlier runs left is not to meet these; what was compiled is kept.
    let state = place.home().join("state");
    if state.exists() {
        fs::remove_dir_all(&state).with_context(|| format!("cannot remove {}", state.display()))?;
    }
    let kits = kit::ready(&place);
    let cases: Vec<&Case> = case::CASES
        .iter()
        .filter(|case| name.is_none_or(|name| case.folder.contains(name)))
        .collect();
    let expected = Expected::new(&place, &cases)?;
    let table = Mutex::new(Table::new());
    let mut work: VecDeque<Work> = LANGUAGES.iter().map(Work::Cases).collect();
    if name.is_none() {
        work.push_front(Work::Package);
        work.push_back(Work::Templates);
    }
    let work = Mutex::new(work);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4)
        {
            scope.spawn(|| {
                // Bound first, so that the lock is not held while the work is done.
                while let Some(next) = { lock(&work).pop_front() } {
                    next.carry_out(&place, &kits, &cases, &expected, &table);
                }
            });
        }
    });
    let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
    table.print();
    table.count(counts);
    let example = name.is_none().then(|| example::test(&place, &kits));
    let mut example_failed = false;
    if let Some(Some(outcome)) = example {
        match outcome.unwrap_or_else(|error| Some(format!("{error:#}"))) {
            None => counts.passed += 1,
            Some(difference) => {
                counts.failed += 1;
                example_failed = true;
                eprintln!("examples/polyglot differs:\n{difference}");
            }
        }
    }
    if example_failed || table.has_failed() {
        bail!("not all languages do what is expected: the logs are above");
    }
    Ok(table)
}

/// What one thread does at a time.
enum Work {
    Package,
    Templates,
    Cases(&'static Language),
}

impl Work {
    fn carry_out(
        self,
        place: &Place<'_>,
        kits: &kit::Kits,
        cases: &[&Case],
        expected: &Expected,
        table: &Mutex<Table>,
    ) {
        match self {
            Self::Package => {
                let outcome = match kits.lacks(Kit::Python) {
                    None => package::test(place),
                    Some(reason) => package::Outcome::NotTried(reason.to_owned()),
                };
                lock(table).set_package(outcome);
            }
            Self::Templates => {
                for language in &LANGUAGES {
                    if let Some(cell) = template::cell(place, kits, language) {
                        lock(table).set(template::ROW, language, cell);
                    }
                }
            }
            Self::Cases(language) => {
                for case in cases {
                    for (row, cell) in case.cells(place, kits, expected, language) {
                        lock(table).set(row, language, cell);
                    }
                }
            }
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Place<'a> {
    fn new(project: &'a Project) -> Self {
        Self {
            project,
            folder: project.target.join("languages"),
            bubbles: std::env::var_os("BUBBLES_BIN")
                .map_or_else(|| project.target.join("release/bubbles"), PathBuf::from),
        }
    }

    /// The state and the compiled plugins of the runs.
    fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// A folder below `target/languages`, which is made.
    fn make(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}
