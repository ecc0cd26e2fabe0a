//! Embeds the SDKs of the languages that `bubbles build` compiles with another compiler than cargo.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders of `sdk`.
const FOLDERS: [&str; 7] = [
    "assemblyscript",
    "c",
    "cpp",
    "go",
    "javascript",
    "wit",
    "zig",
];
/// What no build needs.
const LEFT_OUT: [&str; 3] = ["template", "interpreter", "node_modules"];

fn main() -> io::Result<()> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../sdk")
        .canonicalize()?;
    let mut files = Vec::new();
    for folder in FOLDERS {
        let folder = sdk.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        collect(&folder, &mut files)?;
    }
    println!("cargo:rerun-if-changed=build.rs");
    files.sort();
    let mut code = String::from("static FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let path = file.strip_prefix(&sdk).map_err(io::Error::other)?;
        writeln!(code, "    ({path:?}, include_str!({file:?})),").map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("sdk.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
