//! Packages of Debian, where this is root on one.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::shell::run;

/// Installs packages; without root or apt, the error says what is missing.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if !can_install() {
        let packages = packages.join(" ");
        bail!("only root on a Debian can install them here: apt-get install {packages}");
    }
    run(Command::new("apt-get").args(["update", "--quiet"]))
        .context("the lists of packages cannot be had")?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut install)
}

/// Whether this is root, with apt.
pub(crate) fn can_install() -> bool {
    is_root() && is_there("apt-get", "--version")
}

/// Whether the program starts when it is asked with this flag.
pub(crate) fn is_there(program: &str, flag: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg(flag).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0"))
}
