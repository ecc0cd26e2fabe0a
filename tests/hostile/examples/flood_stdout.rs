//! Prints to standard output for ever.
#![cfg(target_arch = "wasm32")]

use std::io::Write;

struct FloodStdout;

impl hostile::Transform for FloodStdout {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        let line = "flood ".repeat(100);
        loop {
            if let Err(error) = writeln!(std::io::stdout(), "{line}") {
                return Err(hostile::Error::Fatal(format!(
                    "standard output is closed: {error}"
                )));
            }
        }
    }
}

hostile::transform!(FloodStdout);
