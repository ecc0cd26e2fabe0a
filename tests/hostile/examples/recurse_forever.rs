//! Calls itself without end.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

struct RecurseForever;

/// Two steps after the call, so that no compiler makes a loop of it.
fn recurse(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1).rotate_left(7) ^ depth
}

impl hostile::Transform for RecurseForever {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        Err(hostile::Error::Fatal(recurse(black_box(1)).to_string()))
    }
}

hostile::transform!(RecurseForever);
