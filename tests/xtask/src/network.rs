//! What cuts nodes of the tests off from each other: network namespaces and a packet filter.
//! Only root can use them; without, those tests are shown as ignored, with the reason.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::shell::run;

/// Programs, and the Debian packages that bring them.
const NEEDED: [(&str, &str); 2] = [("ip", "iproute2"), ("nft", "nftables")];

/// Installs what is missing, where this is root on a Debian. Where that fails, it says so, and the
/// tests that need it say that they did not run.
pub(crate) fn ready() {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !is_there(program, "-V"))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() || !is_root() || !is_there("apt-get", "--version") {
        return;
    }
    let packages = missing.join(", ");
    eprintln!("installing {packages} for the tests of clusters");
    if let Err(error) = install(&missing) {
        eprintln!("{packages} cannot be installed, so nodes are not cut off: {error:#}");
    }
}

fn install(missing: &[&str]) -> Result<()> {
    run(Command::new("apt-get").args(["update", "--quiet"]))
        .context("the lists of packages cannot be had")?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut install)
}

fn is_there(program: &str, flag: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg(flag).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0"))
}
