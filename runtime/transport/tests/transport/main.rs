//! The transport as its users and its enemies see it: real sockets on the loopback, real certificates.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod contract;
mod endpoints;
mod flood;
mod hostile;
mod identities;
mod joining;
mod raw;
mod support;
