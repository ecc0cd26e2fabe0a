//! What `cargo xtask test` built before: found from where this test program lies.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Cargo's target folder.
fn target() -> PathBuf {
    // target/release/deps/suite-0123456789abcdef
    let program = env::current_exe().unwrap();
    program
        .ancestors()
        .nth(3)
        .expect("tests run from the target folder")
        .to_owned()
}

/// The path, if it exists.
fn expect(path: PathBuf) -> PathBuf {
    assert!(
        path.exists(),
        "{} is not built: run `cargo xtask test`",
        path.display()
    );
    path
}

/// The program `bubbles`.
pub(crate) fn bubbles() -> PathBuf {
    expect(target().join("release/bubbles"))
}

/// The plugin of a file in `tests/hostile/examples` or `tests/bench/guests/examples`.
pub(crate) fn guest(name: &str) -> PathBuf {
    let text = hostile_folder().join(format!("{name}.wat"));
    if text.exists() {
        return text;
    }
    expect(target().join(format!("plugins/wasm32-wasip2/plugin/examples/{name}.wasm")))
}

/// The bytes of that plugin.
pub(crate) fn read_guest(name: &str) -> Vec<u8> {
    let path = guest(name);
    if path.extension().is_some_and(|extension| extension == "wat") {
        return wat::parse_file(path).unwrap();
    }
    fs::read(path).unwrap()
}

/// The folder of the hostile guests.
pub(crate) fn hostile_folder() -> PathBuf {
    root().join("tests/hostile/examples")
}

/// Python with the libraries that read what we write.
pub(crate) fn python() -> PathBuf {
    expect(target().join("python/bin/python3"))
}

/// What outlives a job, shared by all tests: compiled plugins above all.
pub(crate) fn home() -> PathBuf {
    target().join("test-home")
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}
