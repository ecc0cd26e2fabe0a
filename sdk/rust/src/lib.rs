//! Writes plugins for Bubbles: tasks that extract, transform or load data in a sandbox.
//!
//! A plugin is a library crate with this one dependency. The short way is a function over rows:
//!
//! ```
//! use bubbles_sdk as bubbles;
//!
//! #[bubbles::row]
//! struct Flight { carrier: String, arr_delay: Option<f64> }
//!
//! #[bubbles::config]
//! struct Config { minutes: f64 }
//!
//! /// Keeps the late flights.
//! #[bubbles::transform(summary = "keeps the late flights")]
//! fn late(config: &Config, flight: Flight) -> Option<Flight> {
//!     (flight.arr_delay? > config.minutes).then_some(flight)
//! }
//! ```
//!
//! What needs more room implements [`Extract`], [`Transform`] or [`Load`] and names the types in
//! [`export!`]. Where to look:
//!
//! - [`output`], [`rejects`], [`log`], [`objects`]: what the runtime gives to a task.
//! - [`arrow`]: chunks to record batches and back; [`rows`]: chunks to typed rows and back.
//! - [`testing`]: the same task in a plain `cargo test`, with no sandbox.
//!
//! It leaves out, on purpose, threads, clocks, files and sockets: a task that needs the world asks
//! through [`objects`], so that what it may touch stays a matter of its grants.

extern crate self as bubbles_sdk;

pub mod arrow;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
mod configuration;
mod description;
mod error;
mod export;
mod extract;
pub mod functions;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
mod host;
mod load;
pub mod log;
pub mod objects;
pub mod output;
pub mod rejects;
pub mod rows;
mod task;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod transform;

pub use configuration::{Configuration, NoConfig};
pub use description::{Description, Kind};
pub use error::Error;
pub use extract::{Extract, Source, Split};
pub use load::Load;
pub use task::{Context, Format, Phase};
pub use transform::Transform;

pub use bubbles_sdk_macros::{config, row, transform};

#[doc(hidden)]
pub use {schemars, serde, serde_json};
