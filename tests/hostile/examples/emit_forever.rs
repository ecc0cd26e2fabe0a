//! Answers one chunk with chunks without end.
#![cfg(target_arch = "wasm32")]

struct EmitForever;

impl hostile::Transform for EmitForever {
    fn process(chunk: Vec<u8>) -> Result<(), hostile::Error> {
        loop {
            hostile::output::emit(&chunk);
        }
    }
}

hostile::transform!(EmitForever);
