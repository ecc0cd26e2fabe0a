//! What a split's output is known by once it is durable.

use bubbles_sdk::Error;
use serde::{Deserialize, Serialize};

/// One split's output.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// Where it will be seen.
    pub(crate) url: String,
    /// The host's receipt of the staged bytes. None: there is no output, and what an earlier job
    /// left at `url` goes away.
    pub(crate) staged: Option<Vec<u8>>,
}

impl Receipt {
    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a receipt is plain data")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::Fatal(format!("a receipt cannot be read: {error}")))
    }
}
