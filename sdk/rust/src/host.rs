//! What the runtime gives to a task: the real thing in a sandbox, a recorder in a native test.

#[cfg(not(target_arch = "wasm32"))]
#[path = "host/recorded.rs"]
mod imports;
#[cfg(target_arch = "wasm32")]
#[path = "host/sandboxed.rs"]
mod imports;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use imports::recorded;
pub(crate) use imports::{Staged, discard, emit, find, log, publish, read, reject, remove};
