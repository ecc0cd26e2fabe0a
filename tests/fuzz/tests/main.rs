//! Hostile bytes for everything that reads what a peer, a guest or a person hands in.
//!
//! `cargo test` gives each target its corpus and a second of mutations of it, from a fixed seed;
//! `cargo xtask fuzz` a minute, from the clock's. An input that fails is made small and written
//! into `corpus/TARGET/crashes`, from where every later run takes it first.
//!
//! Of each target is asked: no panic, an end in time, memory in proportion to the input, and that
//! what was read and written again is read as the same.
//!
//! Not here: inputs found by coverage (that takes a build of everything of its own; a target is a
//! function of bytes, so one can be put in front), guests that misbehave (`tests/hostile`), peers
//! on real connections (`runtime/transport/tests`).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking and says how it went, in its helpers too"
)]

mod chunks;
mod component;
mod drawn;
mod frame;
mod measured;
mod messages;
mod mutation;
mod pipeline_file;
mod random;
mod target;
mod token;

/// A test for each target, and one that makes the corpora's valid files anew.
macro_rules! targets {
    ($($name:ident: $target:expr,)*) => {
        $(#[test] fn $name() { ($target)(stringify!($name)).run(); })*

        #[test]
        #[ignore = "writes into the source tree; after a change of what is spoken"]
        fn corpus_is_written_anew() {
            $(($target)(stringify!($name)).write_corpus();)*
        }
    };
}

targets! {
    frame: frame::target,
    ask: messages::ask,
    tell: messages::tell,
    haul: messages::haul,
    join: messages::join,
    worker: messages::worker,
    job: messages::job,
    replica: messages::replica,
    record: messages::record,
    snapshot: messages::snapshot,
    pipeline_file: pipeline_file::target,
    token: token::target,
    component: component::target,
    block: chunks::block,
    arrow: chunks::arrow,
    json: chunks::json,
}
