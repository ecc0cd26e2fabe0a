//! JavaScript, TypeScript and AssemblyScript, by packages of npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BuildError;
use super::job::Job;
use super::program::{find, io_error, run, succeeds};
use super::stamp::parse_dep_info;

const BUNDLER: &str = "esbuild@0.25.12";
const COMPONENTIZER: &str = "componentize-qjs@0.4.5";
const ASC: &str = "assemblyscript@0.28.20";

/// Bundles a plugin in JavaScript or TypeScript, and gives the files that went into it.
pub(super) fn build(job: &Job<'_>) -> Result<Vec<PathBuf>, BuildError> {
    let folder = &job.source.folder;
    let node = node(folder)?;
    let mut look = Command::new(&node);
    look.current_dir(folder).args(["-e", LOOK]);
    if !succeeds(&mut look) {
        return Err(BuildError::NoProgram {
            program: "esbuild with componentize-qjs",
            folder: folder.clone(),
            install: install(folder, &[BUNDLER, COMPONENTIZER]),
        });
    }
    let list = job.work.join("plugin.d");
    let mut command = Command::new(node);
    command.current_dir(folder);
    command.arg(job.sdk.join("javascript/build.mjs"));
    command.arg(&job.source.files[0]).arg(job.out);
    run(command.arg("--files").arg(&list), folder, job.talk)?;
    let list =
        fs::read_to_string(&list).map_err(io_error(folder, "reading which files were compiled"))?;
    Ok(parse_dep_info(&list))
}

/// Both are found from the plugin's folder, as build.mjs will look for them.
const LOOK: &str = "for (const name of ['esbuild', 'componentize-qjs/package.json']) \
    require.resolve(name, { paths: [process.cwd(), ...(process.env.NODE_PATH ?? '').split(':')] })";

/// Compiles a plugin in AssemblyScript.
pub(super) fn build_assembly_script(job: &Job<'_>) -> Result<(), BuildError> {
    let folder = &job.source.folder;
    node(folder)?;
    let own = folder.join("node_modules/.bin/asc");
    let asc = Some(own)
        .filter(|asc| asc.is_file())
        .or_else(|| find("ASC", &["asc"]))
        .ok_or_else(|| BuildError::NoProgram {
            program: "asc",
            folder: folder.clone(),
            install: install(folder, &[ASC]),
        })?;
    // It resolves packages by folders of this name only.
    let modules = job.work.join("node_modules");
    fs::create_dir(&modules)
        .and_then(|()| {
            std::os::unix::fs::symlink(job.sdk.join("assemblyscript"), modules.join("bubbles"))
        })
        .map_err(io_error(folder, "laying out the SDK"))?;
    let mut command = Command::new(asc);
    command.current_dir(folder).arg(&job.source.files[0]);
    command.arg("--path").arg(&modules);
    command.args(["-O3", "--noAssert", "--runtime", "incremental"]);
    command.args(["--exportStart", "_initialize", "--initialMemory", "2"]);
    command.args(["--use", "abort=~lib/bubbles/assembly/crash/crash"]);
    run(command.arg("-o").arg(job.out), folder, job.talk)
}

fn node(folder: &Path) -> Result<PathBuf, BuildError> {
    find("NODE", &["node"]).ok_or_else(|| BuildError::NoProgram {
        program: "node",
        folder: folder.to_owned(),
        install: "apt-get install -y --no-install-recommends nodejs npm".to_owned(),
    })
}

/// The command that brings these packages to a plugin: its own manifest may name them.
fn install(folder: &Path, packages: &[&str]) -> String {
    let prefix = folder.display();
    if folder.join("package.json").is_file() {
        format!("npm install --prefix {prefix}")
    } else {
        format!("npm install --prefix {prefix} {}", packages.join(" "))
    }
}
