//! Embeds what `bubbles new` writes: a template a language, and what Rust's needs beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What a generated folder has no use for.
const LEFT_OUT: [&str; 4] = ["target", "template", "tests", "Cargo.lock"];

/// The folders of `sdk` with a template.
const LANGUAGES: [&str; 9] = [
    "assemblyscript",
    "c",
    "cpp",
    "go",
    "javascript",
    "python",
    "rust",
    "typescript",
    "zig",
];

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let sdk = root.join("sdk");
    let templates = LANGUAGES.map(|name| (format!("{name}/"), sdk.join(name).join("template")));
    let rust = ["rust", "arrow-json", "wit"].map(|name| (format!("{name}/"), sdk.join(name)));
    let mut code = String::new();
    embed(&mut code, "TEMPLATES", &templates)?;
    embed(&mut code, "RUST_SDK", &rust)?;
    let lock = root.join("Cargo.lock");
    writeln!(code, "/// The versions that the SDK was tested with.")?;
    writeln!(code, "const LOCK: &str = include_str!({lock:?});")?;
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// A constant with the text of every file below these folders, each after its prefix.
fn embed(code: &mut String, name: &str, folders: &[(String, PathBuf)]) -> Result<()> {
    writeln!(code, "/// Path and text of every file.")?;
    writeln!(code, "const {name}: &[(&str, &str)] = &[")?;
    for (prefix, folder) in folders {
        println!("cargo:rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(folder, folder, &mut files)?;
        files.sort();
        for file in files {
            let path = Path::new(prefix).join(&file);
            writeln!(
                code,
                "    ({path:?}, include_str!({:?})),",
                folder.join(&file)
            )?;
        }
    }
    writeln!(code, "];")?;
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}
