//! Connects to a host by name.
#![cfg(target_arch = "wasm32")]

struct ConnectName;

impl hostile::Extract for ConnectName {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::call_out(hostile::text(config, "address"))
    }
}

hostile::extract!(ConnectName);
