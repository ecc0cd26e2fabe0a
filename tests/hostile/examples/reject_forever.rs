//! Puts records aside without end.
#![cfg(target_arch = "wasm32")]

struct RejectForever;

impl hostile::Transform for RejectForever {
    fn process(chunk: Vec<u8>) -> Result<(), hostile::Error> {
        loop {
            hostile::rejects::reject(&chunk, "no reason");
        }
    }
}

hostile::transform!(RejectForever);
