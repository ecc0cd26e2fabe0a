//! Loops for ever when a task is opened.
#![cfg(target_arch = "wasm32")]

struct LoopInOpen;

impl hostile::Transform for LoopInOpen {
    fn open(_config: &str, _context: &hostile::Context) -> Result<(), hostile::Error> {
        hostile::spin()
    }
}

hostile::transform!(LoopInOpen);
