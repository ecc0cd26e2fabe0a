//! The engine: compiles plugins and makes instances of them.

mod settings;
mod ticker;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use tokio::runtime::Handle;

pub(crate) use self::settings::{STACK_BYTES, settings};

pub(crate) use self::ticker::Watched;

use self::ticker::Ticker;
use crate::call::CallError;
use crate::guest::Guest;
use crate::imports;
use crate::instance::{Instance, Surroundings};
use crate::load::{Cache, Compiler, LoadError, Loaded, Loader, componentize};
use crate::objects::{Objects, Stores};
use crate::plugin::{Digest, Plugin};
use crate::wasi::Wasi;

/// How to set an engine up.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder for compiled code; it is made if need be. None: compile anew in every process.
    pub cache: Option<PathBuf>,
    /// What compiles, into the cache. None, or no cache: this process does.
    pub compiler: Option<Compiler>,
    /// Threads that run guests at a time: sizes the pool of sandboxes and bounds compiling.
    pub slots: usize,
    /// Runs what waits for the network, so that slots need no event loop of their own.
    pub runtime: Handle,
}

/// Compiles plugins and makes instances. Cloning shares it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    engine: wasmtime::Engine,
    loader: Loader,
    /// Plugins that somebody still holds: loading one again takes no time.
    plugins: Mutex<HashMap<Digest, Weak<Loaded>>>,
    stores: Arc<Stores>,
    runtime: Handle,
    ticker: Ticker,
}

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
    /// [`EngineError`] where the machine cannot run guests (no address space left, say). A cache
    /// that cannot be used is only warned of.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let setup = |error: wasmtime::Error| EngineError::Setup(format!("{error:#}"));
        let engine = wasmtime::Engine::new(&settings(config.slots)).map_err(setup)?;
        let linker = imports::linker(&engine).map_err(setup)?;
        let cache = config
            .cache
            .as_deref()
            .and_then(|folder| match Cache::open(folder) {
                Ok(cache) => Some(cache),
                Err(error) => {
                    let folder = folder.display();
                    tracing::warn!(%folder, %error, "compiled plugins are not kept");
                    None
                }
            });
        Ok(Self {
            inner: Arc::new(Inner {
                loader: Loader::new(engine.clone(), linker, cache, config.compiler),
                plugins: Mutex::default(),
                stores: Arc::new(Stores::new(config.runtime.clone())),
                runtime: config.runtime,
                ticker: Ticker::start(engine.clone()).map_err(EngineError::Ticker)?,
                engine,
            }),
        })
    }

    /// Makes a plugin of the bytes of a file: a component or a core module. Compiles it, or takes
    /// the code from the cache. Blocks; use it off the data path.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with the file.
    pub fn load(&self, wasm: &[u8]) -> Result<Plugin, LoadError> {
        let component = componentize(wasm)?;
        let digest = Digest::of(&component);
        if let Some(loaded) = self.known().get(&digest).and_then(Weak::upgrade) {
            return Ok(Plugin::new(loaded));
        }
        let loaded = Arc::new(self.inner.loader.load(&component, digest)?);
        let mut known = self.known();
        known.retain(|_, plugin| plugin.strong_count() > 0);
        known.insert(digest, Arc::downgrade(&loaded));
        Ok(Plugin::new(loaded))
    }

    /// Compiles into the cache, for those who load it later, a component that is part of the program. Its
    /// digest is its BLAKE3, its name what the process knows it by that compiles: nothing of it is read
    /// here where there is such a process. Blocks.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with the component.
    pub fn compile_built_in(
        &self,
        name: &str,
        component: &'static [u8],
        digest: &[u8; 32],
    ) -> Result<(), LoadError> {
        let digest = Digest::from(*digest);
        let loader = &self.inner.loader;
        loader.compile_built_in(name, component, digest)
    }

    /// Makes a fresh sandbox with the plugin in it.
    ///
    /// # Errors
    /// [`CallError`]: the plugin's start-up runs under the same limits as its calls.
    pub fn instantiate(
        &self,
        plugin: &Plugin,
        around: Surroundings,
    ) -> Result<Instance, CallError> {
        let objects = Objects::new(Arc::clone(&self.inner.stores));
        let wasi = Wasi::new(self.inner.runtime.clone());
        Instance::start(self, plugin, Guest::new(around, objects, wasi))
    }

    /// Guests are interrupted while this is kept.
    pub(crate) fn watch(&self) -> Watched {
        self.inner.ticker.watch()
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner.engine
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Digest, Weak<Loaded>>> {
        self.inner
            .plugins
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}
