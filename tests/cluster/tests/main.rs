//! A cluster of real processes, faults, and the exact output: a file for each fault.
//!
//! `cargo xtask test` builds what these tests run; `cargo xtask chaos` does all of it at random.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, in its helpers too, and says what it left out"
)]

mod access;
mod alone;
mod certificates;
mod deciding;
mod drained;
mod everyone;
mod flipped;
mod full;
mod hostile;
mod lab;
mod leader;
mod many;
mod minority;
mod one_way;
mod paused;
mod raw;
mod setting;
mod workers;

use std::process::ExitCode;

use bubbles_cluster_tests::disk::SmallDisk;
use bubbles_cluster_tests::network::Network;
use libtest_mimic::{Arguments, Trial};

/// What a test needs of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// Links that can be cut. Without them the test is shown as ignored.
    Cuts,
    /// A small file system of its own. Without it likewise.
    Disks,
}

type Test = (&'static str, Needs, fn());

const TESTS: &[&[Test]] = &[
    lab::TESTS,
    alone::TESTS,
    access::TESTS,
    workers::TESTS,
    leader::TESTS,
    everyone::TESTS,
    minority::TESTS,
    one_way::TESTS,
    paused::TESTS,
    drained::TESTS,
    many::TESTS,
    flipped::TESTS,
    full::TESTS,
    certificates::TESTS,
    hostile::TESTS,
    deciding::TESTS,
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each waits for leases and elections of a cluster of its own: beside others it would wait longer.
    arguments.test_threads.get_or_insert(1);
    let (cuts, disks) = (Network::obstacle(), SmallDisk::obstacle());
    if let Some(why) = &cuts {
        eprintln!("not run: every test that cuts links, as {why}");
    }
    if let Some(why) = &disks {
        eprintln!("not run: every test that fills a disk, as {why}");
    }
    let trial = |(name, needs, test): &Test| {
        let test = *test;
        let run = move || {
            test();
            Ok(())
        };
        let ignored = match needs {
            Needs::Nothing => false,
            Needs::Cuts => cuts.is_some(),
            Needs::Disks => disks.is_some(),
        };
        Trial::test(*name, run).with_ignored_flag(ignored)
    };
    let trials = TESTS.iter().copied().flatten().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
