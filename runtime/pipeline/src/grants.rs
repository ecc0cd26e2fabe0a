//! What tasks may reach, and whether it covers what they want.

use serde::{Deserialize, Serialize};

/// Rights that a pipeline gives to a task. Nothing else can be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Files, folders and URLs to read.
    pub read: Vec<String>,
    /// Files, folders and URLs to write.
    pub write: Vec<String>,
    /// Hosts to connect to, as `host:port`.
    pub net: Vec<String>,
    /// Names of variables to see.
    pub env: Vec<String>,
}
