//! What the bytes of a file are, before anything is done with them.

use wasmparser::{Validator, WasmFeatures};

use super::{LoadError, MAX_PLUGIN_BYTES};

/// The two forms of WebAssembly.
pub(super) enum Form {
    /// What a plugin is.
    Component,
    /// What can be made into one.
    Module,
}

const MAGIC: &[u8; 4] = b"\0asm";
const MODULE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Beginnings of files that people mistake for plugins.
const LOOK_ALIKES: [(&[u8], &str); 13] = [
    (b"\x7fELF", "a native object or program (ELF)"),
    (b"\xfe\xed\xfa\xce", "a native object or program (Mach-O)"),
    (b"\xfe\xed\xfa\xcf", "a native object or program (Mach-O)"),
    (b"\xce\xfa\xed\xfe", "a native object or program (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a native object or program (Mach-O)"),
    (
        b"\xca\xfe\xba\xbe",
        "a native object or program (Mach-O), or a Java class",
    ),
    (b"MZ", "a native object or program (PE, for Windows)"),
    (b"!<arch>\n", "a library archive (ar)"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"#!", "a script"),
    (b"BC\xc0\xde", "LLVM bitcode: link it to wasm first"),
];

/// Tells what `bytes` are.
pub(super) fn form(bytes: &[u8]) -> Result<Form, LoadError> {
    if bytes.len() > MAX_PLUGIN_BYTES {
        return Err(LoadError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_PLUGIN_BYTES,
        });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(LoadError::NotWasm(describe(bytes)));
    }
    match bytes.get(4..8) {
        Some(version) if version == COMPONENT => Ok(Form::Component),
        Some(version) if version == MODULE => Ok(Form::Module),
        Some(version) => Err(LoadError::Invalid(format!(
            "its version is {version:02x?}: neither a module of version 1 nor a component"
        ))),
        None => Err(LoadError::Invalid(
            "the file is cut off after its first bytes".to_owned(),
        )),
    }
}

fn describe(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the file is empty".to_owned();
    }
    if wasmtime::Engine::detect_precompiled(bytes).is_some() {
        return "it is precompiled code (cwasm), which is never loaded; give the .wasm that it \
                was compiled from"
            .to_owned();
    }
    if let Some((_, what)) = LOOK_ALIKES
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
    {
        return format!("it is {what}");
    }
    let start = &bytes[..bytes.len().min(4096)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The cut at 4 KiB may go through a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return "the bytes are of no known form".to_owned(),
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if ["(module", "(component", ";;", "(;"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        "it is WebAssembly text (WAT); turn it into binary with `wasm-tools parse`".to_owned()
    } else {
        "it is text".to_owned()
    }
}

/// Checks all of a component, within the parser's own limits, before the compiler sees it.
pub(crate) fn validate(component: &[u8]) -> Result<(), LoadError> {
    // What the engine then allows is narrower; this is to name the place of the damage.
    let features = WasmFeatures::default();
    match Validator::new_with_features(features).validate_all(component) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = error.message();
            let message = if message.contains("unexpected end") {
                format!("the file is cut off: {message}")
            } else {
                message.to_owned()
            };
            Err(LoadError::Invalid(format!(
                "{message} (at byte {})",
                error.offset()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        match form(bytes) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("taken for WebAssembly"),
        }
    }

    #[test]
    fn look_alikes_are_named() {
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b"(module)").contains("WAT"));
        assert!(refusal(b"\n ;; a plugin\n(component)").contains("WAT"));
        assert!(refusal(b"hello").contains("it is text"));
        assert!(refusal(b"\x7fELF\x02\x01\x01").contains("ELF"));
        assert!(refusal(b"\xcf\xfa\xed\xfe\x07").contains("Mach-O"));
        assert!(refusal(b"MZ\x90\x00").contains("PE"));
        assert!(refusal(b"\x00\x01\xff\xfe").contains("no known form"));
        assert!(refusal(b"\0asm").contains("cut off"));
        assert!(refusal(b"\0asm\x02\0\0\0").contains("version"));
    }

    #[test]
    fn a_cut_off_component_says_where() {
        let whole = wat::parse_str("(component (core module (func)))").unwrap();
        validate(&whole).unwrap();
        let error = validate(&whole[..whole.len() - 2]).unwrap_err().to_string();
        assert!(
            error.contains("cut off") && error.contains("at byte"),
            "{error}"
        );
    }
}
