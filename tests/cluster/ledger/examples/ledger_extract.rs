//! The ledger's source, the same at every attempt.

mod source;
#[path = "lines/write.rs"]
mod write;

bubbles_sdk::export!(extract: source::Ledger<true>);
