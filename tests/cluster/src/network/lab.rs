//! Network namespaces: one for people with a bridge in it, one for each node with a link to it.
//!
//! The bridge too is in a namespace, so that the machine's own network never sees any of this, all
//! labs can use the same addresses, and removing the namespaces removes all.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use thiserror::Error;

use super::Place;

/// What all our namespaces are called; the number of the process follows.
const PREFIX: &str = "bubbles-lab-";

/// Where `ip netns` keeps them.
const FOLDER: &str = "/run/netns";

/// The firewall of every place: a set of addresses of which nothing is taken, and how much it was.
const FIREWALL: &str = "\
table inet lab {
    set cut { type ipv4_addr; }
    counter dropped { }
    chain input {
        type filter hook input priority 0; policy accept;
        ip saddr @cut counter name \"dropped\" drop
    }
}
";

/// Namespaces of ours. Dropping it removes them.
#[derive(Debug)]
pub struct Lab {
    name: String,
    nodes: u8,
}

/// What the machine did not do.
#[derive(Debug, Error)]
pub enum LabError {
    /// A program of the system is missing.
    #[error("`{command}` cannot be run")]
    Missing {
        /// What was to be run.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// It said no.
    #[error("`{command}` failed: {said}")]
    Failed {
        /// What was run.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Why this machine allows no lab; none if it does. Tried once.
pub(super) fn obstacle() -> Option<String> {
    static OBSTACLE: OnceLock<Option<String>> = OnceLock::new();
    OBSTACLE
        .get_or_init(|| {
            if !rustix::process::geteuid().is_root() {
                return Some("network namespaces are for root".to_owned());
            }
            remove_stale();
            let tried = Lab::new(1).and_then(|lab| {
                lab.cut(Place(1), Place::PEOPLE)?;
                lab.dropped()
            });
            tried.err().map(|error| error.to_string())
        })
        .clone()
}

impl Lab {
    /// One with so many nodes.
    pub(super) fn new(nodes: u8) -> Result<Self, LabError> {
        static LABS: AtomicU32 = AtomicU32::new(0);
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        // From here on dropping it removes what there is of it.
        let lab = Self {
            name: format!("{PREFIX}{}-{number}", std::process::id()),
            nodes,
        };
        let add = |place| format!("netns add {}\n", lab.namespace(place));
        feed(
            &["ip", "-batch", "-"],
            &lab.places().map(add).collect::<String>(),
        )?;
        for place in lab.places() {
            lab.ip(place, &lab.links(place))?;
        }
        for place in lab.places() {
            lab.firewall(place, FIREWALL)?;
        }
        Ok(lab)
    }

    /// Lines for `ip -batch`: people have the bridge and one end of every link, nodes the others.
    fn links(&self, place: Place) -> String {
        let mut lines = "link set lo up\n".to_owned();
        let mut line = |text: String| writeln!(lines, "{text}").expect("text takes text");
        let own = Self::address(place);
        if place != Place::PEOPLE {
            line(format!("addr add {own}/24 dev eth0"));
            line("link set eth0 up".to_owned());
            return lines;
        }
        line("link add bridge type bridge".to_owned());
        line("link set bridge up".to_owned());
        line(format!("addr add {own}/24 dev bridge"));
        for node in self.places().skip(1) {
            let (end, namespace) = (format!("node{}", node.0), self.namespace(node));
            line(format!(
                "link add {end} type veth peer name eth0 netns {namespace}"
            ));
            line(format!("link set {end} master bridge up"));
        }
        lines
    }

    fn ip(&self, place: Place, lines: &str) -> Result<(), LabError> {
        let namespace = self.namespace(place);
        feed(&["ip", "-n", &namespace, "-batch", "-"], lines).map(drop)
    }

    fn places(&self) -> impl Iterator<Item = Place> + use<> {
        (0..=self.nodes).map(Place)
    }

    pub(super) fn namespace(&self, place: Place) -> String {
        format!("{}-{}", self.name, place.0)
    }

    pub(super) fn address(place: Place) -> Ipv4Addr {
        let last = if place == Place::PEOPLE { 254 } else { place.0 };
        Ipv4Addr::new(10, 77, 0, last)
    }

    /// Moves this thread there, for good.
    pub(super) fn enter(&self, place: Place) -> io::Result<()> {
        let namespace = File::open(Path::new(FOLDER).join(self.namespace(place)))?;
        let kind = LinkNameSpaceType::Network;
        Ok(move_into_link_name_space(namespace.as_fd(), Some(kind))?)
    }

    pub(super) fn cut(&self, from: Place, to: Place) -> Result<(), LabError> {
        let from = Self::address(from);
        self.firewall(to, &format!("add element inet lab cut {{ {from} }}\n"))
    }

    pub(super) fn heal(&self) -> Result<(), LabError> {
        self.places()
            .try_for_each(|place| self.firewall(place, "flush set inet lab cut\n"))
    }

    pub(super) fn dropped(&self) -> Result<u64, LabError> {
        self.places().map(|place| self.dropped_at(place)).sum()
    }

    fn dropped_at(&self, place: Place) -> Result<u64, LabError> {
        let namespace = self.namespace(place);
        let list = ["nft", "list", "counter", "inet", "lab", "dropped"];
        let said = feed(
            &[&["ip", "netns", "exec", &namespace][..], &list].concat(),
            "",
        )?;
        // `packets 12 bytes 3456`
        let mut words = said.split_whitespace();
        words.find(|word| *word == "packets");
        let packets = words.next().and_then(|number| number.parse().ok());
        packets.ok_or(LabError::Failed {
            command: list.join(" "),
            said,
        })
    }

    fn firewall(&self, place: Place, rules: &str) -> Result<(), LabError> {
        let namespace = self.namespace(place);
        feed(
            &["ip", "netns", "exec", &namespace, "nft", "-f", "-"],
            rules,
        )
        .map(drop)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for place in self.places() {
            // One that was never made need not be removed; one that stays is stale next time.
            remove(&self.namespace(place)).ok();
        }
    }
}

/// Removes what processes left that are no more.
fn remove_stale() {
    let Ok(entries) = fs::read_dir(FOLDER) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if owner(name).is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists()) {
            // Another process may be at it as well.
            remove(name).ok();
        }
    }
}

/// The process whose namespace this is.
fn owner(namespace: &str) -> Option<u32> {
    let (id, _) = namespace.strip_prefix(PREFIX)?.split_once('-')?;
    id.parse().ok()
}

fn remove(namespace: &str) -> Result<(), LabError> {
    feed(&["ip", "netns", "delete", namespace], "").map(drop)
}

/// Runs a command on some input; what it said on its standard output.
fn feed(words: &[&str], input: &str) -> Result<String, LabError> {
    let missing = |source| LabError::Missing {
        command: words.join(" "),
        source,
    };
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it has read all says why.
        stdin.write_all(input.as_bytes()).ok();
    }
    let output = child.wait_with_output().map_err(missing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(LabError::Failed {
        command: words.join(" "),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_says_whose_it_is() {
        assert_eq!(owner("bubbles-lab-4194304-0-12"), Some(4_194_304));
        assert_eq!(owner("bubbles-lab-x-0"), None);
        assert_eq!(owner("somebody-elses"), None);
    }
}
