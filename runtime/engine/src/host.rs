//! What surrounds an instance: where its chunks, rejects and log lines go.

use std::fmt;

use wasmtime::component::{ComponentType, Lift};

/// Takes what a task hands out. One for each instance, called on the thread that runs it.
///
/// The guest waits during a call: its clock stands still, and its memory is borrowed, not copied.
pub trait Host: Send {
    /// Takes a chunk that the task emitted. `chunk` lies in the guest's memory: copy what must
    /// outlive the call. Calling another instance from here is how chunks move through a stage.
    ///
    /// # Errors
    /// [`Stopped`] unwinds the guest: its call ends with [`CallError::Stopped`](crate::CallError).
    fn emit(&mut self, chunk: &[u8]) -> Result<(), Stopped>;

    /// Takes one record that the task puts aside, with the reason.
    ///
    /// # Errors
    /// [`Stopped`], as in [`Host::emit`].
    fn reject(&mut self, bytes: &[u8], reason: &str) -> Result<(), Stopped>;

    /// Takes a line for the job's log: one line, control characters escaped, of bounded length.
    fn log(&mut self, level: Level, message: &str);

    /// Whether the guest is to be stopped, asked at every tick (10 ms) while it runs or sleeps:
    /// so a job that is cancelled need not wait for a guest that computes.
    fn stopped(&self) -> bool {
        false
    }
}

/// The host will not go on. Whoever raised it knows why and keeps the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped by the host")]
pub struct Stopped;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Level {
    /// For whoever writes the plugin.
    #[component(name = "debug")]
    Debug,
    /// Worth reading. Standard output of a plugin comes as this.
    #[component(name = "info")]
    Info,
    /// Not as it should be.
    #[component(name = "warn")]
    Warn,
    /// Something failed. Standard error of a plugin comes as this.
    #[component(name = "error")]
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}
