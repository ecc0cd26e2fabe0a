//! The scheduler and the commit protocol in a world of their own: one thread, a clock that is set, one
//! source of chance. A seed run twice gives the same events, one by one.
//!
//! # What is real, what is not
//!
//! Real: the leader's loop with all that it decides (`crate::leader`), turn by turn; a worker's books
//! (`crate::worker::Books`: what it was told, what it keeps, what may not have been heard); the state
//! that the log makes ([`bubbles_cluster::State`]), command by command; the stored chunks.
//!
//! Simulated: what slots do ([`work`]: seeded times and outcomes; rows are told by which splits they
//! were made of), connections ([`connection`]: as `member/attach.rs` and `member/worker_stream.rs` use
//! them), elections and who leads (`seat`, as `member/lead.rs` does), the replicated log
//! ([`shared_log`]: one state and a leader of each term, whose proposals fail as the real ones do), and
//! the world that loads write to ([`outside`]).
//!
//! [`crash_points`] goes through one small job, and has nodes crash at each of its moments.
//!
//! # Why above the transport
//!
//! Whole nodes cannot be simulated as they are, in three places. The log's store writes and syncs on a
//! thread of the operating system and answers when the disk has (`cluster/src/replica/store/writer.rs`):
//! in real time, which a paused clock overtakes, so that elections are held or not as the disk pleases.
//! The leader is a thread that blocks in `recv_timeout` and in `block_on` of its proposals
//! (`member/lead.rs`), and so is each slot, in a guest (`worker/slot.rs`): a simulation that runs hosts
//! by turns on one thread never gets its turn back. What openraft does above its store is tried by its
//! own suite and by `cluster/src/replica/tests`; what is decided above the log is tried here.
//!
//! # By hand
//!
//! `BUBBLES_SIM_SEEDS=5000 cargo test --release --workspace --lib simulation` runs so many seeds;
//! `BUBBLES_SIM_SEED=17` runs one, and prints what happens.

mod connection;
mod crash_points;
mod faults;
mod history;
mod invariants;
mod jobs;
mod node;
mod outside;
mod random;
mod seat;
mod shared_log;
mod trace;
mod work;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use trace::End;

/// Seeds of the normal tests: a few seconds.
const SEEDS: u64 = 50;

/// What must have happened over the seeds of the normal tests, and how often at least: a fault that
/// does nothing tries nothing.
const HAPPENED: [(&str, u64); 31] = [
    ("crash", 100),
    ("pause", 30),
    ("cut both ways", 30),
    ("cut one way", 30),
    ("connection broken", 30),
    ("drain", 10),
    ("cancel", 20),
    ("not leader", 10),
    ("unsure, lost", 10),
    ("unsure, agreed", 10),
    ("no quorum", 5),
    ("agreed without an answer", 10),
    ("agreed after all", 3),
    ("election", 100),
    ("deposed unawares", 10),
    ("leader deposed", 50),
    ("two leaders at once", 8),
    ("words to a leader lost", 50),
    ("words to a worker lost", 4),
    ("attempt lost", 100),
    ("attempt failed by itself", 8),
    ("attempt failed in passing", 50),
    ("report fenced", 4),
    ("outcome told again", 5),
    ("output lost", 50),
    ("lost output run again", 50),
    ("output made again", 50),
    ("pull in vain", 3),
    ("published again", 10),
    ("receipts taken back", 3),
    ("node set aside", 3),
];

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}

/// One seed; a panic of the leader or a worker breaks it as well.
fn run(seed: u64, shown: bool) -> End {
    let ran = catch_unwind(AssertUnwindSafe(|| world::run(seed, shown)));
    ran.unwrap_or_else(|_| panic!("seed {seed} panics: run it with BUBBLES_SIM_SEED={seed}"))
}

#[test]
fn whatever_goes_wrong_the_output_is_exact_and_every_job_ends() {
    if let Some(seed) = variable("BUBBLES_SIM_SEED") {
        let end = run(seed, true);
        println!("{:#?}", end.counts);
        return assert!(end.broken.is_empty(), "{:#?}", end.broken);
    }
    let seeds = variable("BUBBLES_SIM_SEEDS").unwrap_or(SEEDS);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut broken = Vec::new();
    for seed in 0..seeds {
        let end = run(seed, false);
        for (what, count) in end.counts {
            *counts.entry(what).or_default() += count;
        }
        broken.extend(
            end.broken
                .first()
                .map(|what| format!("seed {seed}: {what}")),
        );
    }
    println!("{seeds} seeds: {counts:#?}");
    assert!(
        broken.is_empty(),
        "{} of {seeds} seeds: {broken:#?}",
        broken.len()
    );
    if seeds >= SEEDS {
        let rare = |(what, least): &&(&str, u64)| counts.get(what).copied().unwrap_or(0) < *least;
        let rare: Vec<_> = HAPPENED.iter().filter(rare).collect();
        assert!(
            rare.is_empty(),
            "too rare to try anything: {rare:?} of {counts:#?}"
        );
    }
}

#[test]
fn a_seed_run_twice_gives_the_same_events() {
    for seed in [3, 1_000_003] {
        assert_eq!(run(seed, false).hash, run(seed, false).hash);
    }
}
