//! Writes where it may only read.
#![cfg(target_arch = "wasm32")]

use hostile::objects::{self, Staged};

struct WriteReadOnly;

impl hostile::Load for WriteReadOnly {
    fn write(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        Ok(())
    }

    fn open(config: &str, _context: &hostile::Context) -> Result<(), hostile::Error> {
        let path = hostile::text(config, "path");
        if std::fs::write(path, "overwritten").is_ok() {
            return Err(hostile::Error::Fatal(String::from(
                "got out: wrote by WASI",
            )));
        }
        if objects::remove(path).is_ok() {
            return Err(hostile::Error::Fatal(String::from("got out: removed it")));
        }
        let staged = Staged::create(path).and_then(|staged| {
            staged.write(b"overwritten")?;
            Staged::finish(staged)
        });
        let refused = match staged.and_then(|receipt| objects::publish(&receipt)) {
            Ok(()) => String::from("got out: overwrote it"),
            Err(error) => format!("refused: {error:?}"),
        };
        Err(hostile::Error::Fatal(refused))
    }
}

hostile::load!(WriteReadOnly);
