//! Files that are called `.wasm` and are no plugins.

use std::{env, fs};

use super::{csv_to_jsonl, refused};
use crate::folder::Folder;
use crate::{built, program};

/// Runs and inspects a plugin that is none: both name it and say what it is instead.
#[track_caller]
fn no_plugin(bytes: &[u8], words: &[&str]) {
    let task = "[[task]]\nname = \"between\"\ntransform = \"./plugin.wasm\"\n\n";
    let out = "[[task]]\nname = \"out\"";
    let pipeline = csv_to_jsonl("in.csv", "").replace(out, &format!("{task}{out}"));
    let folder = Folder::with(&pipeline);
    folder.write("in.csv", "a\n1\n").write("plugin.wasm", bytes);
    refused(&folder, 2, words).says(&["plugin.wasm"]);
    let inspected = program::run(&mut folder.bubbles(&["inspect", "plugin.wasm"]));
    inspected.code(2).says(words).says(&["plugin.wasm"]);
}

#[test]
fn text() {
    no_plugin(b"fn main() { println!(\"not compiled\"); }\n", &["text"]);
}

#[test]
fn nothing_at_all() {
    no_plugin(b"", &["empty"]);
}

#[test]
fn truncated() {
    let whole = built::read_guest("steady");
    no_plugin(&whole[..whole.len() / 2], &["plugin.wasm"]);
}

#[test]
fn a_native_object() {
    let program = fs::read(env::current_exe().unwrap()).unwrap();
    no_plugin(&program[..1 << 20], &["ELF"]);
}

#[test]
fn a_component_of_another_world() {
    let other = wat::parse_str(
        r#"(component
            (core module $code (func (export "run")))
            (core instance $code (instantiate $code))
            (func $run (canon lift (core func $code "run")))
            (export "run" (func $run)))"#,
    );
    no_plugin(&other.unwrap(), &["run", "bubbles:etl"]);
}

#[test]
fn a_core_module_of_another_kind() {
    let other = wat::parse_str(r#"(module (func (export "run")))"#);
    no_plugin(&other.unwrap(), &["plugin.wasm"]);
}

#[test]
fn no_file() {
    let folder = Folder::new();
    let inspected = program::run(&mut folder.bubbles(&["inspect", "missing.wasm"]));
    inspected.code(2).says(&["missing.wasm"]);
}
