//! From the text of a setting to what it stands for.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use bubbles_pipeline::{Label, size_bytes};
use bubbles_transport::PeerName;
use tracing_subscriber::EnvFilter;

use super::given::Given;
use super::{LogFormat, SettingsError};

/// A slot is a thread with a guest's memory: more are a mistake on any machine.
const SLOTS_MAX: usize = 4096;

/// The longest name that the DNS has.
const HOST_BYTES_MAX: usize = 253;

const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "off"];

pub(super) fn name(given: &Given) -> Result<PeerName, SettingsError> {
    let text = given.text();
    let name = text.parse();
    name.map_err(|error| given.wrong(format!("\"{text}\" is no name for a node: {error}")))
}

pub(super) fn path(given: &Given) -> Result<PathBuf, SettingsError> {
    match given.text() {
        "" => Err(given.wrong("it names no folder")),
        text => Ok(given.path(text)),
    }
}

pub(super) fn address(given: &Given) -> Result<SocketAddr, SettingsError> {
    let text = given.text();
    let address = text.parse();
    address.map_err(|_| {
        given.wrong(format!(
            "\"{text}\" is no address and port: write it as in 0.0.0.0:4915 or [::]:4915"
        ))
    })
}

/// None for `off`.
pub(super) fn http(given: &Given) -> Result<Option<SocketAddr>, SettingsError> {
    let text = given.text();
    if text == "off" {
        return Ok(None);
    }
    let address = text.parse();
    address.map(Some).map_err(|_| {
        given.wrong(format!(
            "\"{text}\" is no address and port: write it as in 127.0.0.1:4916, or `off` for none"
        ))
    })
}

/// `host:port`, such that somebody may reach it.
pub(super) fn advertised(given: &Given) -> Result<String, SettingsError> {
    let text = given.text();
    let wrong = |what: &str| {
        given.wrong(format!(
            "\"{text}\" {what}: write where other nodes reach this one, as in node-1.example.org:4915 or 10.0.0.1:4915"
        ))
    };
    if let Ok(address) = text.parse::<SocketAddr>() {
        return match (address.ip(), address.port()) {
            (IpAddr::V4(ip), _) if ip.is_unspecified() => Err(wrong("is no one's address")),
            (IpAddr::V6(ip), _) if ip.is_unspecified() => Err(wrong("is no one's address")),
            (_, 0) => Err(wrong("has no port")),
            _ => Ok(address.to_string()),
        };
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err(wrong("has no port"));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if host.is_empty() || host.len() > HOST_BYTES_MAX || !host.chars().all(plain) {
        return Err(wrong("has no host"));
    }
    match port.parse::<u16>() {
        Ok(1..) => Ok(format!("{host}:{port}")),
        _ => Err(wrong("has no port")),
    }
}

pub(super) fn slots(given: &Given) -> Result<usize, SettingsError> {
    let text = given.text();
    let slots = text.parse().ok();
    slots
        .filter(|slots| (1..=SLOTS_MAX).contains(slots))
        .ok_or_else(|| {
            given.wrong(format!(
                "\"{text}\" is no number of slots: write a whole number from 1 to {SLOTS_MAX}"
            ))
        })
}

pub(super) fn size(given: &Given) -> Result<u64, SettingsError> {
    let text = given.text();
    size_bytes(text).ok_or_else(|| {
        given.wrong(format!(
            "\"{text}\" is no size: write a number with its unit, as in 64MiB or 1.5GiB"
        ))
    })
}

pub(super) fn labels(given: &Given) -> Result<BTreeSet<Label>, SettingsError> {
    let label = |text: &str| {
        text.parse()
            .map_err(|error| given.wrong(format!("\"{text}\" is no label: {error}")))
    };
    given.texts().map(label).collect()
}

pub(super) fn log(given: &Given) -> Result<String, SettingsError> {
    let text = given.text();
    // What is no level stands for a part of the program, and all of it is shown: a level with a
    // typo would show nothing of what was meant.
    let bare = |part: &&str| !part.contains(['=', '[']);
    let level = |part: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part));
    let mut parts = text.split(',').map(str::trim);
    if let Some(odd) = parts.find(|part| bare(part) && !level(part)) {
        return Err(given.wrong(format!(
            "\"{odd}\" is no level: write one of {}, or PART=LEVEL for a part of the program",
            LEVELS.join(", ")
        )));
    }
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(given.wrong(format!(
            "\"{text}\" says not what to log ({error}): write it as in info or warn,bubbles_node=debug"
        ))),
    }
}

pub(super) fn log_format(given: &Given) -> Result<LogFormat, SettingsError> {
    match given.text() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(given.wrong(format!("\"{other}\" is neither text nor json"))),
    }
}
