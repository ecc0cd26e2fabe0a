//! Reads through `..` what lies above its grant.
#![cfg(target_arch = "wasm32")]

struct ReadParent;

impl hostile::Extract for ReadParent {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::break_out(hostile::text(config, "path"))
    }
}

hostile::extract!(ReadParent);
