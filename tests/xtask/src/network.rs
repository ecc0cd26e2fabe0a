//! What cuts nodes of the tests off from each other: network namespaces and a packet filter.
//! Only root can use them; without, those tests are shown as ignored, with the reason.

use crate::apt;

/// Programs, and the Debian packages that bring them.
const NEEDED: [(&str, &str); 2] = [("ip", "iproute2"), ("nft", "nftables")];

/// Installs what is missing, where this is root on a Debian. Where that fails, it says so, and the
/// tests that need it say that they did not run.
pub(crate) fn ready() {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !apt::is_there(program, "-V"))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() || !apt::can_install() {
        return;
    }
    let packages = missing.join(", ");
    eprintln!("installing {packages} for the tests of clusters");
    if let Err(error) = apt::install(&missing) {
        eprintln!("{packages} cannot be installed, so nodes are not cut off: {error:#}");
    }
}
