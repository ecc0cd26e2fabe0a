//! `bubbles login`: a person comes into a cluster.

use std::io::{self, Read as _};

use anyhow::Context as _;
use bubbles::{ClusterError, Home};

use crate::{escape, output};

/// Longer than any token.
const TOKEN_BYTES: u64 = 100_000;

/// Uses a token to let this person into a cluster.
///
/// The key is made here and stays here, with the certificate, in the folder that BUBBLES_CLUSTER
/// names, or else in the state folder of bubbles.
#[derive(Debug, clap::Args)]
pub(crate) struct Login {
    /// What `bubbles token` printed; `-` reads it from standard input.
    token: String,
}

impl Login {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let token = match self.token.as_str() {
            "-" => read()?,
            token => token.to_owned(),
        };
        let home = Home::from_environment().map_err(ClusterError::from)?;
        let folder = bubbles::profile_folder(&home);
        let login = bubbles::login(&token, &folder)?;
        output::say(&escape::line(&format!(
            "you are {} with the role {}; key and certificate are in {}",
            login.name,
            login.role,
            login.folder.display()
        )));
        Ok(0)
    }
}

fn read() -> anyhow::Result<String> {
    let mut token = String::new();
    let read = io::stdin().take(TOKEN_BYTES).read_to_string(&mut token);
    read.context("reading the token from standard input")?;
    Ok(token)
}
