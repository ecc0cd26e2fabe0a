//! Reads through a symbolic link that leads out of its grant.
#![cfg(target_arch = "wasm32")]

struct ReadThroughSymlink;

impl hostile::Extract for ReadThroughSymlink {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::break_out(hostile::text(config, "path"))
    }
}

hostile::extract!(ReadThroughSymlink);
