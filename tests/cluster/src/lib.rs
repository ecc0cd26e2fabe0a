//! A cluster of real processes on one machine, what is done to it, and whether the output is right.
//!
//! - [`programs`]: where the programs and the guests are; [`cli`]: how they are called, all of it.
//! - [`process`]: a process that does not outlive its test; [`spawn`] is how it is started.
//! - [`network`]: a network namespace for each node, and what is cut in it.
//! - [`node`], [`cluster`], [`client`]: nodes, all of them together, and the people who use them.
//! - [`damage`], [`disk`]: flipped bytes, full disks.
//! - [`job`]: a ledger job; [`oracle`]: whether its output is exact.
//! - [`chaos`]: faults from a seed, for as long as asked.
//!
//! Not here: anything of the runtime's own crates. What these programs promise each other inside is
//! tested there; here is what people see of them.

pub mod chaos;
pub mod cli;
pub mod client;
pub mod cluster;
pub mod damage;
pub mod disk;
pub mod http;
pub mod job;
pub mod network;
pub mod node;
pub mod oracle;
pub mod process;
pub mod programs;
pub mod spawn;
pub mod wait;
