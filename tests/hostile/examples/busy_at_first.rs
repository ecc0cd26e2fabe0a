//! Behaves: a source that is busy for two attempts and answers the third.
#![cfg(target_arch = "wasm32")]

struct BusyAtFirst;

impl hostile::Extract for BusyAtFirst {
    fn run(
        _config: &str,
        _piece: &hostile::Split,
        context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        if context.attempt < 3 {
            hostile::output::emit(b"{\"n\":\"of a failed attempt\"}\n");
            return Err(hostile::Error::Transient(format!(
                "busy at attempt {}",
                context.attempt
            )));
        }
        let line = format!("{{\"n\":{}}}\n", context.attempt);
        hostile::output::emit(line.as_bytes());
        Ok(())
    }
}

hostile::extract!(BusyAtFirst);
