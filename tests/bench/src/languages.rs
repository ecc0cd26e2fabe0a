//! The same filter in every language, over a million flights in one slot: what each costs.
//!
//! The plugins are those of `tests/languages/filter-and-derive`, which `cargo xtask languages` builds.

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::place::Place;
use crate::process::{Ran, run, run_into};
use crate::report::{Figure, Goal, Report, median};
use crate::sandbox::{End, Sandbox};
use crate::{flights, nodes};

const FLIGHTS: u64 = 1_000_000;

/// A start is measured so often.
const STARTS: usize = 15;

/// Each with what its file in `target/languages/plugins` ends with.
const LANGUAGES: [(&str, &str); 9] = [
    ("Rust", "rs"),
    ("C", "c"),
    ("C++", "cpp"),
    ("Zig", "zig"),
    ("Go", "go"),
    ("AssemblyScript", "as-ts"),
    ("JavaScript", "js"),
    ("TypeScript", "ts"),
    ("Python", "py"),
];

pub(crate) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let input = input(place)?;
    let mut rows_of_rust = None;
    let mut wall_of_python = None;
    for (language, ending) in LANGUAGES {
        let guest = Guest::find(place, ending)?;
        eprintln!("  {language}");
        let mut add = |what: &str, value: f64, unit: &'static str, goal: Goal| {
            report.add(Figure {
                name: format!("{language}: {what}"),
                value,
                unit,
                yardstick: None,
                goal,
            });
        };
        let wasm = fs::read(&guest.wasm)
            .with_context(|| format!("no {}: run `cargo xtask languages`", guest.wasm.display()))?;
        add("size", wasm.len() as f64 / 1e6, "MB", Goal::None);
        let starts = Starts::of(&wasm, &guest.config)?;
        add("compiled in", starts.compiled, "s", Goal::None);
        let goal = if language == "Python" {
            Goal::AtMost(20.0)
        } else {
            Goal::None
        };
        add(
            "from the cache to the first row",
            starts.ready * 1e3,
            "ms",
            goal,
        );
        let (ran, document) = guest.run(place, &input)?;
        let task = &document["tasks"][1];
        let cpu = task["cpu_seconds"].as_f64().unwrap_or(f64::NAN);
        let rows = FLIGHTS as f64 / cpu / 1e3;
        let bytes = task["bytes_in"].as_f64().unwrap_or(f64::NAN);
        add(
            "bytes through its sandbox",
            bytes / cpu / 1e6,
            "MB/s",
            Goal::None,
        );
        add(
            "peak memory of the job",
            ran.peak_bytes as f64 / nodes::MIB,
            "MiB",
            Goal::None,
        );
        let rust = *rows_of_rust.get_or_insert(rows);
        report.add(Figure {
            name: format!("{language}: rows through its sandbox"),
            value: rows,
            unit: "thousand/s",
            yardstick: Some(("Rust", rust)),
            goal: Goal::None,
        });
        wall_of_python = Some(ran.wall.as_secs_f64());
    }
    let native = native(place, &input)?;
    let rate = |wall: f64| FLIGHTS as f64 / wall / 1e3;
    report.add(Figure {
        name: String::from("Python: csv → function → jsonl, the whole job in one slot"),
        value: rate(wall_of_python.context("Python is the last")?),
        unit: "thousand rows/s",
        yardstick: Some(("the same function in one native CPython", rate(native))),
        goal: Goal::TimesYardstickAtLeast(0.7),
    });
    Ok(())
}

/// A million flights.
fn input(place: &Place) -> Result<PathBuf> {
    let path = place.data().join("flights-1m.csv");
    if path.exists() {
        return Ok(path);
    }
    let all = BufReader::new(fs::File::open(flights::input(place, 20)?)?);
    let fresh = path.with_extension("new");
    let mut file = BufWriter::new(fs::File::create(&fresh)?);
    for line in all.lines().take(FLIGHTS as usize + 1) {
        writeln!(file, "{}", line?)?;
    }
    file.flush()?;
    fs::rename(&fresh, &path)?;
    Ok(path)
}

/// A plugin and how a pipeline names it.
struct Guest {
    wasm: PathBuf,
    plugin: String,
    /// What it is configured with, as JSON.
    config: String,
}

impl Guest {
    fn find(place: &Place, ending: &str) -> Result<Self> {
        let own = String::from(r#"{"minutes": 60}"#);
        let built = |wasm: PathBuf| Self {
            plugin: wasm.display().to_string(),
            wasm,
            config: own.clone(),
        };
        Ok(match ending {
            "rs" => built(place.guest("filter_and_derive")),
            "py" => {
                let script = fs::read_to_string(script(place)?)?;
                Self {
                    wasm: place.target.join("release/interpreters/python.wasm"),
                    plugin: String::from("python"),
                    config: serde_json::json!({"code": script, "config": {"minutes": 60}})
                        .to_string(),
                }
            }
            ending => built(
                place
                    .target
                    .join(format!("languages/plugins/filter-and-derive-{ending}.wasm")),
            ),
        })
    }

    /// The whole job, after one that compiles.
    fn run(&self, place: &Place, input: &Path) -> Result<(Ran, Value)> {
        let folder = tempfile::tempdir()?;
        let pipeline = folder.path().join("pipeline.json");
        let document = folder.path().join("report.json");
        let input = input.display();
        let text = format!(
            r#"name = "languages"

[[task]]
name = "flights"
extract = "csv"
config = {{ path = "{input}" }}
read = ["{input}"]

[[task]]
name = "late"
transform = "{}"
config = {}

[[task]]
name = "out"
load = "jsonl"
config = {{ path = "out/" }}
write = ["out/"]
"#,
            self.plugin,
            toml(&self.config)?
        );
        fs::write(&pipeline, text)?;
        let mut ran = None;
        for _ in 0..2 {
            let out = fs::File::create(&document)?;
            let mut bubbles = Command::new(place.bubbles());
            bubbles
                .args(["run", "--slots", "1", "--quiet", "--output", "json"])
                .arg(&pipeline);
            ran = Some(run_into(&mut bubbles, out)?);
        }
        let document = serde_json::from_slice(&fs::read(&document)?)?;
        Ok((ran.context("it ran twice")?, document))
    }
}

fn script(place: &Place) -> Result<PathBuf> {
    let root = place
        .target
        .parent()
        .context("the target folder is in the project")?;
    Ok(root.join("tests/languages/filter-and-derive/late.py"))
}

/// JSON as a TOML value: strings and numbers are written alike, and an inline table on one line.
fn toml(json: &str) -> Result<String> {
    fn value(json: &Value) -> String {
        match json {
            Value::Object(map) => {
                let entries = map.iter().map(|(key, it)| format!("{key} = {}", value(it)));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }
    Ok(value(&serde_json::from_str(json)?))
}

/// Compiling and starting, as an attempt does it.
struct Starts {
    compiled: f64,
    /// Code from the cache, a fresh instance, opened.
    ready: f64,
}

impl Starts {
    fn of(wasm: &[u8], config: &str) -> Result<Self> {
        let cache = tempfile::tempdir()?;
        let begun = Instant::now();
        drop(Sandbox::cached(wasm, cache.path())?);
        let compiled = begun.elapsed().as_secs_f64();
        let mut ready = Vec::new();
        for _ in 0..STARTS {
            let begun = Instant::now();
            let sandbox = Sandbox::cached(wasm, cache.path())?;
            let instance = sandbox.opened_with(Box::new(End), config)?;
            ready.push(begun.elapsed().as_secs_f64());
            drop(instance);
        }
        Ok(Self {
            compiled,
            ready: median(ready),
        })
    }
}

/// The same function in plain Python, from the file to lines of JSON.
fn native(place: &Place, input: &Path) -> Result<f64> {
    const PROGRAM: &str = r#"
import csv, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("late", sys.argv[1])
late = importlib.util.module_from_spec(spec)
spec.loader.exec_module(late)
WHOLE = {"year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time",
         "arr_delay", "flight", "air_time", "distance", "hour", "minute"}
config = {"minutes": 60}
with open(sys.argv[2], newline="") as file, open(sys.argv[3], "w") as out:
    for row in csv.DictReader(file):
        for name in WHOLE:
            text = row[name]
            row[name] = int(text) if text else None
        found = late.transform(row, config)
        if found is not None:
            out.write(json.dumps(found) + "\n")
"#;
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out.jsonl");
    let mut python = Command::new("python3");
    python
        .args(["-c", PROGRAM])
        .arg(script(place)?)
        .arg(input)
        .arg(&out);
    let ran = run(&mut python)?;
    let lines = BufReader::new(fs::File::open(&out)?).lines().count();
    ensure!(lines > 0, "the native program wrote nothing");
    Ok(ran.wall.as_secs_f64())
}
