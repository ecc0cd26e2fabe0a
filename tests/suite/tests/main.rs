//! What holds across crates: the program as a person uses it, on real files and real plugins.
//!
//! `cargo xtask test` builds what these tests run. Not here: what one crate promises alone.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bad;
mod built;
mod examples;
mod folder;
mod hostile;
mod interrupt;
mod other_readers;
mod program;
mod quiet;
mod retries;
mod second_run;
