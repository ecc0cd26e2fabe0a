//! What a misbehaving plugin needs to speak the contract: every guest of the tests is one file
//! in `examples/` and says only what it does wrong.
//!
//! The guests use the contract's bindings as they are, not the SDK: an attacker would, and a
//! guest then builds in a second. A task that a guest does not write behaves well.
#![cfg(target_arch = "wasm32")]

mod bindings;
mod escape;
mod extract;
mod load;
mod transform;

/// What the runtime gives to every guest.
pub use bindings::bubbles::etl as given;
pub use escape::{break_out, call_out};
pub use extract::{Extract, Source, Split};
pub use given::types::{Context, Error};
pub use given::{log, objects, output, rejects};
pub use load::Load;
pub use transform::Transform;

/// The value of the text property `key` of a flat configuration, without escapes.
///
/// # Panics
///
/// Where the configuration has no such property: the test that wrote it is wrong.
pub fn text<'a>(config: &'a str, key: &str) -> &'a str {
    let name = format!("\"{key}\"");
    let after = config.find(&name).expect("the test gives this property") + name.len();
    config[after..]
        .split('"')
        .nth(1)
        .expect("the property is text")
}

/// Spins until somebody stops it, in a way that no optimiser removes.
pub fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}
