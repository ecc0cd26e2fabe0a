//! Everything that has to hold before a change lands.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::shell::{Project, run, run_watched};
use crate::{guests, languages, native, network, python, toolchain};

/// Formats, lints, builds, tests, and says how each went.
pub(crate) fn everything(project: &Project) -> Result<()> {
    let mut summary = Summary::default();
    summary.step("set-up", || {
        toolchain::ready(project)?;
        network::ready();
        python::ready(project)
    })?;
    summary.step("format", || format(project))?;
    summary.step("lint", || lint(project))?;
    summary.step("build", || build(project))?;
    let mut counts = Counts::default();
    // What fails in one says nothing of the other.
    let tested = summary.step("test", || tests(project, None, &mut counts));
    let spoken = summary.step("languages", || languages::test(project, &mut counts));
    summary.close(&counts)?;
    tested.and(spoken)
}

/// Only the tests whose name contains `name`, on what is built for them.
pub(crate) fn only(project: &Project, name: &str) -> Result<()> {
    toolchain::ready(project)?;
    network::ready();
    python::ready(project)?;
    build(project)?;
    let mut counts = Counts::default();
    tests(project, Some(name), &mut counts)?;
    println!("{counts}");
    if counts.passed == 0 {
        bail!("no test has a name that contains `{name}`");
    }
    Ok(())
}

fn format(project: &Project) -> Result<()> {
    run(&mut project.cargo("fmt --all --check"))?;
    native::check_format(project)
}

fn lint(project: &Project) -> Result<()> {
    run(&mut project
        .cargo("clippy --release --locked --workspace --all-targets -- --deny warnings"))?;
    guests::lint(project)
}

/// All targets in one go and one profile, so that wasmtime is built once.
fn build(project: &Project) -> Result<()> {
    run(&mut project.cargo("build --release --locked --workspace --all-targets"))?;
    guests::build(project)
}

fn tests(project: &Project, name: Option<&str>, counts: &mut Counts) -> Result<()> {
    let mut cargo = project.cargo("test --release --locked --workspace --no-fail-fast");
    cargo.args(name);
    run_watched(&mut cargo, |line| counts.read(line))
}

/// How many tests passed and failed, from what cargo prints, and what could not be tried.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// The languages whose toolchain is not there, with the reason.
    pub(crate) not_tried: Vec<String>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in &self.not_tried {
            writeln!(f, "not tried: {what}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if !self.not_tried.is_empty() {
            write!(f, ", {} languages not tried", self.not_tried.len())?;
        }
        Ok(())
    }
}

impl Counts {
    pub(crate) fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        self.passed += number(result, "passed");
        self.failed += number(result, "failed");
    }
}

/// The numbers before this word in a line such as `ok. 3 passed; 2 failed`, together.
pub(crate) fn number(line: &str, word: &str) -> usize {
    line.split(['.', ';', ',', '='])
        .filter_map(|part| part.trim().split_once(' '))
        .filter(|(_, rest)| rest.split(' ').next() == Some(word))
        .filter_map(|(number, _)| number.parse::<usize>().ok())
        .sum()
}

/// The steps so far and how long each took.
#[derive(Default)]
struct Summary {
    steps: Vec<(&'static str, Duration)>,
}

impl Summary {
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        self.steps.push((name, start.elapsed()));
        if let Err(error) = &outcome {
            self.print();
            println!("{name:>9}: failed: {error:#}");
        }
        outcome
    }

    fn close(&self, counts: &Counts) -> Result<()> {
        self.print();
        println!("{counts}");
        if counts.passed == 0 {
            bail!("no test ran");
        }
        Ok(())
    }

    fn print(&self) {
        println!();
        for (name, took) in &self.steps {
            println!("{name:>9}: {:>6.1} s", took.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_cargo_prints() {
        let mut counts = Counts::default();
        counts.read("test result: ok. 12 passed; 0 failed; 0 ignored; finished in 0.01s");
        counts.read("test result: FAILED. 3 passed; 2 failed; 0 ignored; finished in 0.01s");
        counts.read("test names::are_read ... ok");
        assert_eq!((counts.passed, counts.failed), (15, 2));
    }

    #[test]
    fn numbers_are_read_from_what_pytest_prints() {
        let line = "=== 1 failed, 64 passed, 2 skipped in 56.25s ===";
        assert_eq!((number(line, "passed"), number(line, "failed")), (64, 1));
        assert_eq!(number(line, "errors"), 0);
        assert_eq!(number("1 failed in 0.30s", "failed"), 1);
    }
}
