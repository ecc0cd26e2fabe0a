//! What can be wrong with what was told.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::given::{Key, Source};

/// A setting that is wrong. Each says what would be right.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    /// The file of settings cannot be read.
    #[error("cannot read the file of settings {}", file.display())]
    File { file: PathBuf, source: io::Error },
    /// It is not TOML. The line itself is not shown: a token may stand there.
    #[error("{} is no TOML: line {line}: {message}", file.display())]
    Toml {
        file: PathBuf,
        line: usize,
        message: String,
    },
    /// A key that is none.
    #[error("there is no setting \"{key}\", which {} has{}; the settings are {}", file.display(), meant(*.near), Key::list())]
    UnknownKey {
        file: PathBuf,
        key: String,
        near: Option<&'static str>,
    },
    /// What stands there is of the wrong kind.
    #[error("{at} is to be {right}, not {found}")]
    Kind {
        at: Source,
        right: &'static str,
        found: &'static str,
    },
    /// What stands there says nothing.
    #[error("{at}: {reason}")]
    Value { at: Source, reason: String },
    /// The address of the machine is nowhere to be found.
    #[error(
        "this machine has no route to others, so its address is not known: say with --advertise HOST:PORT where other nodes reach it"
    )]
    NoAddress,
    /// Nobody can reach port 0.
    #[error(
        "the port 0 stands for any, and others have to know which: give --listen a port, or say with --advertise HOST:PORT where other nodes reach this one"
    )]
    NoPort,
    /// The machine has no name that could be a node's.
    #[error("this machine's name \"{host}\" makes no name for a node: give one with --name")]
    NoName { host: String },
    /// The token's file cannot be read.
    #[error(
        "cannot read the join token from {}; a node that has joined needs none", file.display()
    )]
    TokenFile { file: PathBuf, source: io::Error },
    /// There is no such token.
    #[error("{} holds no join token", file.display())]
    Token {
        file: PathBuf,
        source: bubbles_transport::TokenError,
    },
    /// Nobody can ask whether the node is ready.
    #[error(
        "--check asks at the address of --http, and that is off: give one, as in 127.0.0.1:4916"
    )]
    NothingToCheck,
}

fn meant(near: Option<&'static str>) -> String {
    near.map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"))
}
