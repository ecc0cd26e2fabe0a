//! `cargo xtask test` and `cargo xtask bench`: each sets up what it needs by itself.
//!
//! Not here: what is tested (`tests/suite` and every crate) and what is measured (`tests/bench`).
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talks to people on a terminal"
)]

mod apt;
mod bench;
mod chaos;
mod flights;
mod fuzz;
mod guests;
mod languages;
mod native;
mod network;
mod python;
mod shell;
mod test;
mod toolchain;

use std::process::ExitCode;

use shell::Project;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [NAME]        formats, lints, builds and tests everything; with NAME only the tests
                     whose name contains it
  bench [--only B]   measures, prints a table and writes target/bench.json;
                     B is one of them: fresh, identity, start, flights, carry, scheduler, idle,
                     splits, deploy, quarter, languages
  chaos --minutes N [--seed S]
                     a cluster whose nodes are killed, paused and cut off, for so long
  fuzz [--seconds N] [TARGET]
                     hostile bytes for whatever reads bytes from outside: a minute for each
                     target, or so long for this one
  languages [NAME]   only the tests of the languages: plugins that are built and run in each of
                     them, and the Python package; with NAME only the cases whose name contains
                     it; BUBBLES_BIN names another program
  interpreters       builds the plugins that run scripts in Python and JavaScript, beside the program
  guests             builds the plugins that the tests and benchmarks run
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = Project::find().and_then(|project| match arguments[..] {
        ["test"] => test::everything(&project),
        ["test", name] => test::only(&project, name),
        ["bench"] => bench::run(&project, None),
        ["bench", "--only", name] => bench::run(&project, Some(name)),
        ["chaos", ref arguments @ ..] => chaos::chaos(&project, arguments),
        ["fuzz", ref arguments @ ..] => fuzz::fuzz(&project, arguments),
        ["languages"] => languages::only(&project, None),
        ["languages", name] => languages::only(&project, Some(name)),
        ["interpreters"] => languages::interpreters(&project),
        ["guests"] => toolchain::ready(&project).and_then(|()| guests::build(&project)),
        _ => {
            eprint!("{USAGE}");
            Err(anyhow::anyhow!(
                "no such command: `{}`",
                arguments.join(" ")
            ))
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
