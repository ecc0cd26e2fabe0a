//! A real job from file to file: the flights of a year, 20 and 40 times over, through a csv
//! extract, a filter and a jsonl load, beside the same in plain Rust with the same threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::lines::Rows;
use crate::place::Place;
use crate::process::{Ran, run};
use crate::report::{Figure, Goal, Report, median};

/// Of either program, after a first one that fills the page cache and the cache of plugins.
const RUNS: usize = 5;

/// Flights of 2013 that arrived more than an hour late.
pub(crate) const LATE: u64 = 27_789;

const MIB: f64 = (1 << 20) as f64;

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let bubbles = Job::bubbles(place, 20)?;
    let native = Job::native(place, 20)?;
    let (mut ours, mut theirs) = (vec![bubbles.run()?], vec![native.run()?]);
    let rows = Rows::read(&bubbles.output)?;
    ensure!(
        rows == Rows::read(&native.output)?,
        "the two programs wrote different rows"
    );
    ensure!(
        rows.count == 20 * LATE,
        "{} rows instead of {}",
        rows.count,
        20 * LATE
    );
    ours.pop();
    theirs.pop();
    for _ in 0..RUNS {
        ours.push(bubbles.run()?);
        theirs.push(native.run()?);
    }
    report.add(Figure {
        name: String::from("flights ×20, csv → late → jsonl"),
        value: wall(&ours),
        unit: "s",
        yardstick: Some(("native", wall(&theirs))),
        goal: Goal::TimesYardstick(1.5),
    });
    let at_20 = peak(&ours);
    report.add(Figure {
        name: String::from("flights ×20, peak memory"),
        value: at_20,
        unit: "MiB",
        yardstick: Some(("native", peak(&theirs))),
        goal: Goal::AtMost(400.0),
    });
    let twice = Job::bubbles(place, 40)?;
    let at_40 = peak(&[twice.run()?, twice.run()?]);
    report.add(Figure {
        name: String::from("flights ×40, peak memory"),
        value: at_40,
        unit: "MiB",
        yardstick: Some(("at ×20", at_20)),
        goal: Goal::AtMost(400.0),
    });
    Ok(())
}

fn wall(runs: &[Ran]) -> f64 {
    median(runs.iter().map(|ran| ran.wall.as_secs_f64()).collect())
}

fn peak(runs: &[Ran]) -> f64 {
    runs.iter()
        .map(|ran| ran.peak_bytes as f64 / MIB)
        .fold(0.0, f64::max)
}

/// One of the two programs on one of the files.
struct Job {
    words: Vec<PathBuf>,
    output: PathBuf,
}

impl Job {
    fn bubbles(place: &Place, times: u32) -> Result<Self> {
        let name = format!("bubbles-x{times}");
        let input = input(place, times)?;
        let text = pipeline(&input, &place.guest("late"), &name);
        let file = place.data().join(format!("{name}.toml"));
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let words = vec![
            place.bubbles(),
            "run".into(),
            "--output".into(),
            "json".into(),
            file,
        ];
        Ok(Self {
            words,
            output: place.data().join(name),
        })
    }

    fn native(place: &Place, times: u32) -> Result<Self> {
        let output = place.data().join(format!("native-x{times}"));
        let words = vec![place.native(), input(place, times)?, output.clone()];
        Ok(Self { words, output })
    }

    /// Runs it into an empty folder.
    fn run(&self) -> Result<Ran> {
        if self.output.exists() {
            fs::remove_dir_all(&self.output)?;
        }
        fs::create_dir_all(&self.output)?;
        run(Command::new(&self.words[0]).args(&self.words[1..]))
    }
}

/// The flights of a year, so many times over.
pub(crate) fn input(place: &Place, times: u32) -> Result<PathBuf> {
    let path = place.data().join(format!("flights-x{times}.csv"));
    ensure!(
        path.exists(),
        "no {}: run `cargo xtask bench`",
        path.display()
    );
    Ok(path)
}

/// From that file through the filter to a folder.
pub(crate) fn pipeline(input: &Path, late: &Path, output: &str) -> String {
    let (input, late) = (input.display(), late.display());
    format!(
        r#"name = "flights"

[[task]]
name = "flights"
extract = "csv"
config = {{ path = "{input}" }}
read = ["{input}"]

[[task]]
name = "late"
transform = "{late}"

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "{output}/" }}
write = ["{output}/"]
"#
    )
}
