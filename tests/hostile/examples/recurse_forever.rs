//! Calls itself without end.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

struct RecurseForever;

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if black_box(false) {
        return frame[0];
    }
    recurse(depth.wrapping_add(frame[7])).wrapping_add(black_box(frame)[3])
}

impl hostile::Transform for RecurseForever {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        Err(hostile::Error::Fatal(recurse(1).to_string()))
    }
}

hostile::transform!(RecurseForever);
