//! Connects to a port of the machine it runs on, by address.
#![cfg(target_arch = "wasm32")]

struct ConnectLoopback;

impl hostile::Extract for ConnectLoopback {
    fn run(
        config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        hostile::call_out(hostile::text(config, "address"))
    }
}

hostile::extract!(ConnectLoopback);
