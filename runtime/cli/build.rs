//! Embeds what `bubbles new` writes: the template, the SDK's source and the contract.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What a generated folder has no use for.
const LEFT_OUT: [&str; 4] = ["target", "template", "tests", "Cargo.lock"];

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let sdk = root.join("sdk");
    let mut code = String::new();
    embed(&mut code, "TEMPLATE", &sdk.join("rust/template"))?;
    for (name, folder) in [
        ("SDK", "rust"),
        ("ARROW_JSON", "arrow-json"),
        ("CONTRACT", "wit"),
    ] {
        embed(&mut code, name, &sdk.join(folder))?;
        println!("cargo:rerun-if-changed={}", sdk.join(folder).display());
    }
    let lock = root.join("Cargo.lock");
    writeln!(code, "/// The versions that the SDK was tested with.")?;
    writeln!(
        code,
        "pub(crate) const LOCK: &str = include_str!({lock:?});"
    )?;
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// A constant with the text of every file below `folder`.
fn embed(code: &mut String, name: &str, folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    files.sort();
    writeln!(code, "/// Files below `{name}`: path and text.")?;
    writeln!(code, "pub(crate) const {name}: &[(&str, &str)] = &[")?;
    for file in files {
        writeln!(
            code,
            "    ({file:?}, include_str!({:?})),",
            folder.join(&file)
        )?;
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
