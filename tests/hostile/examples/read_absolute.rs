//! Reads a file by its absolute path.
#![cfg(target_arch = "wasm32")]

struct ReadAbsolute;

impl hostile::Extract for ReadAbsolute {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::break_out(hostile::text(config, "path"))
    }
}

hostile::extract!(ReadAbsolute);
