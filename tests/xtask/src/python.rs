//! A Python of the tests' own, under the target folder, with the libraries that read our files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell::{Project, run, shown, succeeds};

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// Makes the environment where it is missing or was made from other requirements.
pub(crate) fn ready(project: &Project) -> Result<()> {
    let stamp = folder(project).join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(());
    }
    install(project, &["--requirement", "tests/xtask/requirements.txt"])?;
    fs::write(&stamp, REQUIREMENTS).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Installs packages from PyPI into the environment, which is made where it is missing.
pub(crate) fn install(project: &Project, packages: &[&str]) -> Result<()> {
    install_into(project, &folder(project), packages)
}

/// The same for an environment in another folder.
pub(crate) fn install_into(project: &Project, folder: &Path, packages: &[&str]) -> Result<()> {
    make(project, folder)?;
    let mut pip = Command::new(folder.join("bin/python3"));
    pip.current_dir(&project.root);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(packages);
    let by_hand = shown(&pip);
    run(&mut pip).with_context(|| format!("packages from PyPI are missing: run `{by_hand}`"))
}

/// The environment's folder.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.target.join("python")
}

fn make(project: &Project, folder: &Path) -> Result<()> {
    if succeeds(Command::new(folder.join("bin/python3")).args(["-m", "pip", "--version"])) {
        return Ok(());
    }
    let mut venv = project.command("python3 -m venv --clear");
    venv.arg(folder);
    if succeeds(&mut venv) {
        return Ok(());
    }
    // Debian keeps the module in a package of its own.
    let by_hand = "apt-get install -y --no-install-recommends python3 python3-venv";
    if succeeds(&mut project.command("apt-get --version")) {
        run(&mut project.command("apt-get update --quiet"))
            .and_then(|()| run(&mut project.command(by_hand)))
            .with_context(|| format!("the tests need Python with venv: run `{by_hand}`"))?;
    }
    let mut venv = project.command("python3 -m venv --clear");
    run(venv.arg(folder))
        .with_context(|| format!("the tests need Python with venv: run `{by_hand}`"))
}
