//! The built-in plugins, as bytes.
//!
//! They are plugins like anyone's, written with the SDK and run in the same sandbox. The build
//! script compiles them to wasm, so that a binary with this crate in it needs nothing else.

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        const PLUGINS: &[(&str, &[u8])] = &[
            $(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")))),+
        ];
    };
}

built_in!("aggregate", "csv", "jsonl", "parquet");

/// The component of a built-in plugin; none of that name is `None`.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static [u8]> {
    PLUGINS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, wasm)| *wasm)
}

/// The names of all of them, sorted.
#[must_use]
pub fn names() -> Vec<&'static str> {
    PLUGINS.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_plugin_is_a_component() {
        for name in names() {
            let wasm = builtin(name).unwrap();
            assert_eq!(&wasm[..8], b"\0asm\x0d\0\x01\0", "{name}");
        }
        assert!(builtin("nothing").is_none());
    }
}
