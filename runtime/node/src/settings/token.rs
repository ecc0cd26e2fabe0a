//! The token that lets a node in: its text, or the file that has it.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use bubbles_transport::Invitation;

use super::SettingsError;
use super::given::Given;

/// A token has some 600 characters: a longer file is another one.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// What `--join` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// The token itself.
    Text(Box<Invitation>),
    /// Where it is.
    File(PathBuf),
}

impl Token {
    /// An empty text stands for none. A token is a secret: no error repeats it.
    pub(super) fn parse(given: &Given) -> Result<Option<Self>, SettingsError> {
        match given.text() {
            "" => Ok(None),
            text => match text.strip_prefix('@') {
                Some("") => Err(given.wrong("there is no file after the @")),
                Some(file) => Ok(Some(Self::File(given.path(file)))),
                None => match Invitation::parse(text) {
                    Ok(invitation) => Ok(Some(Self::Text(Box::new(invitation)))),
                    Err(error) => Err(given.wrong(error.to_string())),
                },
            },
        }
    }

    /// Reads the file, if it is one. An empty one has no token in it.
    pub(crate) fn read(self) -> Result<Option<Invitation>, SettingsError> {
        let file = match self {
            Self::Text(invitation) => return Ok(Some(*invitation)),
            Self::File(file) => file,
        };
        let mut text = String::new();
        let read = File::open(&file)
            .and_then(|opened| opened.take(MAX_FILE_BYTES).read_to_string(&mut text));
        if let Err(source) = read {
            return Err(SettingsError::TokenFile { file, source });
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let invitation = Invitation::parse(&text);
        invitation
            .map(Some)
            .map_err(|source| SettingsError::Token { file, source })
    }
}
