//! Loops for ever while a split is read.
#![cfg(target_arch = "wasm32")]

struct LoopInRun;

impl hostile::Extract for LoopInRun {
    fn run(
        _config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::spin()
    }
}

hostile::extract!(LoopInRun);
