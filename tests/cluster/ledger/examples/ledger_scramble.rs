//! The ledger's source with a number in every row that each attempt draws anew, and that says so:
//! what was read of two attempts must not meet in one output.

mod source;
#[path = "lines/write.rs"]
mod write;

bubbles_sdk::export!(extract: source::Ledger<false>);
