//! Panics over every chunk.
#![cfg(target_arch = "wasm32")]

struct Panics;

impl hostile::Transform for Panics {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        panic!("the guest lost its temper")
    }
}

hostile::transform!(Panics);
