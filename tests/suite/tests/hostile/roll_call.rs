//! No guest lies about that no test runs.

use std::fs;
use std::path::Path;

use crate::built;

/// All of the suite's code, one after the other.
fn code(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &code(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn every_guest_is_named_by_a_test() {
    let tests = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let manifest = built::root().join("tests/hostile/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let mut guests = 0;
    for entry in fs::read_dir(built::hostile_folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "no test names the guest `{name}`"
        );
        let listed = manifest.contains(&format!("name = \"{name}\""));
        let is_text = path.extension().is_some_and(|extension| extension == "wat");
        assert!(
            listed || is_text,
            "tests/hostile/Cargo.toml does not list `{name}`"
        );
        guests += 1;
    }
    assert!(guests > 20, "only {guests} guests");
}
