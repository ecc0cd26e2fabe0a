//! Makes its output durable and never says so.
#![cfg(target_arch = "wasm32")]

use hostile::objects::Staged;

struct FinishAndLoop;

impl hostile::Load for FinishAndLoop {
    fn open(config: &str, _context: &hostile::Context) -> Result<(), hostile::Error> {
        let path = hostile::text(config, "path");
        Staged::create(path)
            .and_then(|staged| {
                staged.write(b"left behind")?;
                Staged::finish(staged)
            })
            .map_err(|error| hostile::Error::Fatal(format!("{error:?}")))?;
        hostile::spin()
    }
}

hostile::load!(FinishAndLoop);
