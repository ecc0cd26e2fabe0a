//! The engine: compiles plugins and makes instances of them.

use std::path::PathBuf;

use crate::call::CallError;
use crate::instance::{Instance, Surroundings};
use crate::load::LoadError;
use crate::plugin::Plugin;

/// How to set an engine up.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder for compiled code; it is made if need be. None: compile anew in every process.
    pub cache: Option<PathBuf>,
    /// Threads that run guests at a time: sizes the pool of sandboxes and bounds compiling.
    pub slots: usize,
    /// Runs what waits for the network, so that slots need no event loop of their own.
    pub runtime: tokio::runtime::Handle,
}

/// Compiles plugins and makes instances. Cloning shares it.
#[derive(Clone)]
pub struct Engine {}

/// Why an engine could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The machine does not give what the sandboxes need.
    #[error("cannot set up the sandboxes: {0}")]
    Setup(String),
    /// The clock that limits guests could not be started.
    #[error("cannot start the clock that limits guests")]
    Ticker(#[source] std::io::Error),
}

impl Engine {
    /// Sets an engine up.
    ///
    /// # Errors
    /// [`EngineError`] where the machine cannot run guests (no address space left, say).
    pub fn new(_config: EngineConfig) -> Result<Self, EngineError> {
        Err(EngineError::Setup("not built".to_owned()))
    }

    /// Makes a plugin of the bytes of a file: a component or a core module. Compiles it, or takes
    /// the code from the cache. Blocks; use it off the data path.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with the file.
    pub fn load(&self, _wasm: &[u8]) -> Result<Plugin, LoadError> {
        Err(LoadError::Compile("not built".to_owned()))
    }

    /// Makes a fresh sandbox with the plugin in it.
    ///
    /// # Errors
    /// [`CallError`]: the plugin's start-up runs under the same limits as its calls.
    pub fn instantiate(
        &self,
        _plugin: &Plugin,
        _around: Surroundings,
    ) -> Result<Instance, CallError> {
        Err(CallError::Host("not built".to_owned()))
    }
}
