//! Runs cargo and finds the component among what it made.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use super::program::{announce, io_error};
use super::toolchain::not_started;
use super::{BuildError, TARGET, Talk};

/// Compiles the crate in `folder`, and gives the path of its component.
pub(super) fn build(folder: &Path, talk: Talk) -> Result<PathBuf, BuildError> {
    let package = Package::in_folder(folder)?;
    announce(&package.name, folder, talk);
    let mut child = command(folder, &package, talk)
        .spawn()
        .map_err(|error| not_started("cargo", folder, error))?;
    let said = drain_stderr(&mut child);
    let messages = child
        .stdout
        .take()
        .map(|stdout| read_messages(stdout, folder, &package.id));
    let status = child
        .wait()
        .map_err(io_error(folder, "waiting for cargo"))?;
    let said = said
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    if !status.success() {
        return Err(BuildError::Compile {
            folder: folder.to_owned(),
            said,
        });
    }
    messages
        .transpose()?
        .flatten()
        .ok_or_else(|| BuildError::NoLibrary(folder.to_owned()))
}

fn command(folder: &Path, package: &Package, talk: Talk) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(folder)
        .args(["build", "--lib", "--message-format=json-render-diagnostics"])
        .args(["--target", TARGET, "--package", &package.id])
        .arg("--target-dir")
        .arg(package.target_folder.join("plugins"))
        // Flags meant for this machine's code are no flags for a guest's. Every
        // engine that runs components has simd.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env(
            "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
            "-C target-feature=+simd128",
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    match package.profile {
        Some(profile) => command.args(["--profile", profile]),
        None => command.arg("--release"),
    };
    if talk == Talk::Quiet {
        command.arg("--quiet").stderr(Stdio::piped());
    }
    command
}

/// What cargo prints is read while it works, so that it never waits for us.
fn drain_stderr(child: &mut Child) -> Option<std::thread::JoinHandle<String>> {
    let mut stderr = child.stderr.take()?;
    Some(std::thread::spawn(move || {
        let mut said = Vec::new();
        // What was read until an error is still worth showing.
        let _read = stderr.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }))
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Reads cargo's messages to the end; gives the `.wasm` file of the package.
fn read_messages(
    stdout: impl std::io::Read,
    folder: &Path,
    id: &str,
) -> Result<Option<PathBuf>, BuildError> {
    let mut found = None;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(io_error(folder, "reading cargo's messages"))?;
        let Ok(message) = serde_json::from_str::<Message>(&line) else {
            continue;
        };
        if message.reason != "compiler-artifact" || message.package_id != id {
            continue;
        }
        let is_wasm = |path: &PathBuf| path.extension().is_some_and(|end| end == "wasm");
        found = message.filenames.into_iter().find(is_wasm).or(found);
    }
    Ok(found)
}

/// What cargo knows about the crate, before it is built.
struct Package {
    name: String,
    id: String,
    target_folder: PathBuf,
    /// The workspace's own profile for plugins, if it has one.
    profile: Option<&'static str>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    id: String,
    manifest_path: PathBuf,
}

impl Package {
    fn in_folder(folder: &Path) -> Result<Self, BuildError> {
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| not_started("cargo", folder, error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(BuildError::Compile {
                folder: folder.to_owned(),
                said,
            });
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|error| {
            io_error(folder, "reading what cargo knows of the crate")(error.into())
        })?;
        let manifest = folder.join("Cargo.toml");
        let package = metadata
            .packages
            .into_iter()
            .find(|package| same_file(&package.manifest_path, &manifest))
            .ok_or_else(|| BuildError::Workspace(folder.to_owned()))?;
        Ok(Self {
            name: package.name,
            id: package.id,
            target_folder: metadata.target_directory,
            profile: plugin_profile(&metadata.workspace_root),
        })
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| one == other)
}

/// A workspace may say in `[profile.plugin]` how its plugins are compiled.
fn plugin_profile(workspace: &Path) -> Option<&'static str> {
    let manifest = std::fs::read_to_string(workspace.join("Cargo.toml")).ok()?;
    let manifest: toml::Table = manifest.parse().ok()?;
    manifest.get("profile")?.get("plugin").map(|_| "plugin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_of_the_package_is_found_among_the_messages() {
        let messages = concat!(
            "not json\n",
            r#"{"reason":"compiler-artifact","package_id":"dep","filenames":["/t/dep.wasm"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","package_id":"mine","filenames":["/t/m.rlib","/t/m.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
            "\n",
        );
        let found = read_messages(messages.as_bytes(), Path::new("."), "mine").unwrap();
        assert_eq!(found.as_deref(), Some(Path::new("/t/m.wasm")));
    }

    #[test]
    fn only_a_workspace_with_a_profile_for_plugins_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        std::fs::write(&manifest, "[workspace]\n").unwrap();
        assert_eq!(plugin_profile(folder.path()), None);
        std::fs::write(
            &manifest,
            "[workspace]\n[profile.plugin]\ninherits = 'release'\n",
        )
        .unwrap();
        assert_eq!(plugin_profile(folder.path()), Some("plugin"));
    }
}
