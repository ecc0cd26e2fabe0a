//! Emits one chunk of 65 MiB, over the limit of 64.
#![cfg(target_arch = "wasm32")]

struct EmitTooLarge;

impl hostile::Transform for EmitTooLarge {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        hostile::output::emit(&vec![b'\n'; 65 << 20]);
        Ok(())
    }
}

hostile::transform!(EmitTooLarge);
