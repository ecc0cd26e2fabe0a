//! The built-in plugins, as bytes.
//!
//! They are plugins like anyone's, written with the SDK and run in the same sandbox. The build
//! script compiles them to wasm, so that a binary with this crate in it needs nothing else.

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        const PLUGINS: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            wasm: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")),
            digest: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".blake3")),
        }),+];
    };
}

built_in!("aggregate", "csv", "jsonl", "parquet");

/// A built-in plugin.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// What pipelines call it.
    pub name: &'static str,
    /// Its component.
    pub wasm: &'static [u8],
    /// BLAKE3 of it: to know it by, without reading megabytes.
    pub digest: &'static [u8; 32],
}

/// All of them, sorted by name.
#[must_use]
pub fn all() -> &'static [BuiltIn] {
    PLUGINS
}

/// The component of a built-in plugin; none of that name is `None`.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static [u8]> {
    PLUGINS
        .iter()
        .find(|known| known.name == name)
        .map(|known| known.wasm)
}

/// The names of all of them, sorted.
#[must_use]
pub fn names() -> Vec<&'static str> {
    PLUGINS.iter().map(|known| known.name).collect()
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

    #[test]
    fn their_digests_are_right() {
        for known in all() {
            assert_eq!(blake3::hash(known.wasm), *known.digest, "{}", known.name);
        }
    }
}
