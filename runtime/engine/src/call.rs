//! How a call into a plugin can fail, and whose fault it is.

use crate::limits::Limit;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin says that its input is bad and always will be.
    #[error("{0}")]
    Invalid(String),
    /// The plugin says that it may work later.
    #[error("{0}")]
    Transient(String),
    /// The plugin says that the job cannot go on.
    #[error("{0}")]
    Fatal(String),
    /// The plugin crashed.
    #[error(transparent)]
    Trap(#[from] Trap),
    /// The plugin ran into a limit.
    #[error("the plugin {0}")]
    Limit(#[from] Limit),
    /// The host ended the call; whoever did knows why.
    #[error("stopped by the host")]
    Stopped,
    /// The runtime failed, not the plugin.
    #[error("{0}")]
    Host(String),
}

/// A plugin crashed: it panicked, or did what a sandbox does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin crashed: {message}")]
pub struct Trap {
    /// The plugin's own last words where it left any (a panic message), and the kind of trap.
    pub message: String,
    /// The functions it was in, innermost first. May be empty.
    pub trace: Vec<String>,
}
