//! The cases in Rust are this crate's examples, one a folder. There is nothing else.
