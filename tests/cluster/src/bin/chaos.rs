//! `chaos --minutes N [--seed S]`: kills, pauses and cuts nodes while ledger jobs run, and tells
//! whether their output is exact. Exit code 1 where it is not, or where nothing was really done.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talks to people on a terminal"
)]

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use bubbles_cluster_tests::chaos::{self, Options};
use clap::Parser;

/// Faults in a cluster of this machine, from a seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long there are faults.
    #[arg(long, value_name = "N")]
    minutes: f32,
    /// The same seed gives the same faults at the same times [default: from the clock].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Nodes besides the three voters.
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: u8,
    /// Attempts at once on each node.
    #[arg(long, value_name = "N", default_value_t = 2)]
    slots: u32,
    /// Clients, each of which runs one job after the other.
    #[arg(long, value_name = "N", default_value_t = 3)]
    clients: u32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let clock = now.map_or(0, |now| u64::from(now.subsec_nanos()));
    let length = Duration::try_from_secs_f32(arguments.minutes * 60.0)
        .context("`--minutes` is no length of time")?;
    let options = Options {
        length,
        seed: arguments.seed.unwrap_or(clock),
        workers: arguments.workers,
        slots: arguments.slots,
        clients: arguments.clients,
    };
    println!("chaos of {length:?} with --seed {}", options.seed);
    let tally = chaos::run(&options, &mut |line| println!("{line}"))?;
    println!("\n{tally}");
    let wrongs = tally.wrongs();
    for wrong in &wrongs {
        println!("wrong: {wrong}");
    }
    println!(
        "again: cargo xtask chaos --minutes {} --seed {}",
        arguments.minutes, options.seed
    );
    Ok(if wrongs.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
