//! Opens handles by the thousand and closes none.
#![cfg(target_arch = "wasm32")]

use hostile::objects::Staged;

struct ThousandsOfHandles;

impl hostile::Extract for ThousandsOfHandles {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        let folder = hostile::text(config, "path");
        let mut open = Vec::new();
        for number in 0..100_000 {
            match Staged::create(&format!("{folder}{number}.txt")) {
                Ok(staged) => open.push(staged),
                Err(error) => {
                    let reason = format!("after {} handles: {error:?}", open.len());
                    return Err(hostile::Error::Fatal(reason));
                }
            }
        }
        Err(hostile::Error::Fatal(format!(
            "opened {} handles",
            open.len()
        )))
    }
}

hostile::extract!(ThousandsOfHandles);
