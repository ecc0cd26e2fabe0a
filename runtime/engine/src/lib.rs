//! Plugins: loaded, instantiated, called and limited.
//!
//! This crate alone names wasmtime. It knows what a plugin may export, what it may ask of its
//! host, and what it must never get.
//!
//! - [`Engine`] turns wasm into a [`Plugin`] and a plugin into an [`Instance`].
//! - [`Surroundings`] are all that an instance can reach: [`Limits`], [`Grants`], a [`Host`].
//! - [`Instance`] has a method for each function of the contract in `sdk/wit/bubbles.wit`.
//!
//! Not here: what a pipeline is, which task runs when, where chunks wait, how often a failed
//! attempt is tried again. The engine does not retry and keeps nothing between instances.

mod call;
mod clock;
mod contract;
mod description;
mod engine;
mod failure;
#[doc(hidden)]
pub mod fuzz;
mod grants;
mod guest;
mod host;
mod imports;
mod instance;
mod limits;
mod load;
mod log;
mod memory;
mod objects;
mod plugin;
mod wasi;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use call::{CallError, Trap};
pub use description::{Context, Description, Format, Kind, Phase, Source, Split};
pub use engine::{Engine, EngineConfig, EngineError};
pub use grants::{GrantError, Grants, HostPort, Location};
pub use host::{Host, Level, Stopped};
pub use instance::{Instance, Surroundings};
pub use limits::{Limit, Limits};
pub use load::{Compiler, LoadError, componentize};
pub use objects::sweep;
pub use plugin::{Digest, Plugin};
