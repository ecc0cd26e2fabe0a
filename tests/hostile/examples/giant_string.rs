//! Hands the host a string of 1 GiB. Where the guest has not that much memory, it asks for all
//! there is.
#![cfg(target_arch = "wasm32")]

use hostile::log::{self, Level};

struct GiantString;

impl hostile::Transform for GiantString {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        let mut text = String::new();
        let wanted = 1_usize << 30;
        if text.try_reserve_exact(wanted).is_err() {
            return Err(hostile::Error::Fatal(String::from(
                "had not the memory to try",
            )));
        }
        text.extend(std::iter::repeat_n('a', wanted));
        log::log(Level::Info, &text);
        Ok(())
    }
}

hostile::transform!(GiantString);
