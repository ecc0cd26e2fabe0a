//! Loops for ever over a chunk.
#![cfg(target_arch = "wasm32")]

struct LoopInProcess;

impl hostile::Transform for LoopInProcess {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        hostile::spin()
    }
}

hostile::transform!(LoopInProcess);
