//! Writes to the log for ever.
#![cfg(target_arch = "wasm32")]

use hostile::log::{self, Level};

struct FloodLog;

impl hostile::Transform for FloodLog {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        let line = "flood ".repeat(100);
        loop {
            log::log(Level::Warn, &line);
        }
    }
}

hostile::transform!(FloodLog);
