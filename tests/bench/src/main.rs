//! Measures Bubbles beside plain Rust on the same machine in one run: `cargo xtask bench`.
//!
//! Each benchmark is a module; what they print and write is decided in [`report`].
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talks to people on a terminal"
)]

mod carry;
mod chunks;
mod deploy;
mod flights;
mod fresh;
mod idle;
mod languages;
mod lines;
mod nodes;
mod place;
mod process;
mod quarter;
mod report;
mod sandbox;
mod scheduler;
mod splits;
mod start;

use std::process::ExitCode;

use anyhow::{Result, bail};

use place::Place;
use report::Report;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => measure(None),
        ["--only", name] => measure(Some(name)),
        _ => Err(anyhow::anyhow!(
            "usage: bubbles-bench [--only {}]",
            NAMES.join("|")
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

const NAMES: [&str; 11] = [
    "fresh",
    "identity",
    "start",
    "flights",
    "carry",
    "scheduler",
    "idle",
    "splits",
    "deploy",
    "quarter",
    "languages",
];

fn measure(only: Option<&str>) -> Result<()> {
    let place = Place::find()?;
    let mut report = Report::default();
    if let Some(name) = only
        && !NAMES.contains(&name)
    {
        bail!(
            "no benchmark is called `{name}`; there are {}",
            NAMES.join(", ")
        );
    }
    for name in NAMES
        .iter()
        .filter(|name| only.is_none_or(|only| only == **name))
    {
        eprintln!("measuring {name}");
        match *name {
            "fresh" => fresh::measure(&place, &mut report)?,
            "identity" => chunks::measure(&place, &mut report)?,
            "start" => start::measure(&place, &mut report)?,
            "flights" => flights::measure(&place, &mut report)?,
            "carry" => carry::measure(&mut report)?,
            "scheduler" => scheduler::measure(&mut report)?,
            "idle" => idle::measure(&mut report)?,
            "splits" => splits::measure(&place, &mut report)?,
            "deploy" => deploy::measure(&place, &mut report)?,
            "languages" => languages::measure(&place, &mut report)?,
            _ => quarter::measure(&place, &mut report)?,
        }
    }
    println!("{report}");
    report.write(&place.target.join("bench.json"))
}
