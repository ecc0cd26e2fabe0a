//! Compiles the built-in plugins to wasm.
//!
//! This is a cargo run inside a cargo run: the plugins are for another target and another profile,
//! which one run cannot mix with its own. It has a target folder of its own, because the outer run
//! holds the lock of its folder until it ends.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const PLUGINS: [&str; 4] = ["aggregate", "csv", "jsonl", "parquet"];
const TARGET: &str = "wasm32-wasip2";

/// Variables by which the outer cargo speaks to this script, and which would mislead the inner one.
const OUTER: [&str; 7] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
    "TARGET",
    "PROFILE",
];

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let workspace = root.parent().ok_or("this crate lies in a workspace")?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    for watched in ["plugins", "sdk", "Cargo.toml", "Cargo.lock"] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(watched).display()
        );
    }
    println!("cargo::rerun-if-env-changed=BUBBLES_PLUGINS_DIR");
    let built = match env::var_os("BUBBLES_PLUGINS_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => build(workspace, &target_folder(&out)?)?,
    };
    for plugin in PLUGINS {
        let from = built.join(format!("bubbles_plugin_{plugin}.wasm"));
        let to = out.join(format!("{plugin}.wasm"));
        let failed = |error| format!("{}: {error}", from.display());
        std::fs::copy(&from, &to).map_err(failed)?;
        let digest = blake3::hash(&std::fs::read(&to).map_err(failed)?);
        std::fs::write(to.with_extension("blake3"), digest.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}

/// `target/plugins`, beside the outer run's `target/<profile>/build/<crate>/out`.
fn target_folder(out: &Path) -> Result<PathBuf, String> {
    let target = out
        .ancestors()
        .nth(4)
        .ok_or("OUT_DIR lies in a target folder")?;
    Ok(target.join("plugins"))
}

/// Runs the inner cargo; gives the folder of what it built.
fn build(workspace: &Path, target: &Path) -> Result<PathBuf, String> {
    install_target()?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(workspace)
        .args(["build", "--locked", "--profile", "plugin"]);
    cargo
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target);
    for plugin in PLUGINS {
        cargo
            .arg("--package")
            .arg(format!("bubbles-plugin-{plugin}"));
    }
    for name in OUTER {
        cargo.env_remove(name);
    }
    cargo.env("RUSTFLAGS", "-C target-feature=+simd128");
    // What it says on standard error is shown if this script fails.
    let status = cargo
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if !status.success() {
        return Err(format!(
            "the built-in plugins do not build; to see why: cargo build --profile plugin \
             --target {TARGET} -p bubbles-plugin-csv (and -jsonl, -parquet, -aggregate)"
        ));
    }
    Ok(target.join(TARGET).join("plugin"))
}

/// Adds the wasm target where it is missing.
fn install_target() -> Result<(), String> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let library = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("rustc does not start: {error}"))?;
    let folder = String::from_utf8_lossy(&library.stdout);
    if library.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let by_hand = format!("run by hand: rustup target add {TARGET}");
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status()
        .map_err(|error| {
            format!("the target {TARGET} is missing and rustup does not start ({error}); {by_hand}")
        })?;
    if added.success() {
        Ok(())
    } else {
        Err(format!("the target {TARGET} is missing; {by_hand}"))
    }
}
