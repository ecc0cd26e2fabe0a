//! From the bytes of a file to a plugin.

mod cache;
mod compiler;
mod componentize;
mod exports;
mod inspect;

pub use compiler::Compiler;
pub use componentize::componentize;

pub(crate) use cache::Cache;
use compiler::{CompilerError, Input, compile};
pub(crate) use componentize::typed;

pub(crate) use exports::{Exports, Extract, Load, Signature, Transform};
pub(crate) use inspect::validate;

use std::fs::File;
use std::sync::{Mutex, MutexGuard};

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::description::Kind;
use crate::guest::Guest;
use crate::plugin::Digest;

/// Largest plugin. A language runtime with its library has some 40 MiB; compiling takes memory and
/// time in proportion.
const MAX_PLUGIN_BYTES: usize = 256 << 20;

/// Why a file is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not WebAssembly at all; says what it looks like.
    #[error("not a WebAssembly component: {0}")]
    NotWasm(String),
    /// Larger than a plugin may be.
    #[error("the plugin has {bytes} bytes; at most {limit} are loaded")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What it may have.
        limit: usize,
    },
    /// Damaged or cut off, or uses what the runtime does not allow.
    #[error("the WebAssembly is not valid: {0}")]
    Invalid(String),
    /// A core module that cannot be made into a component.
    #[error("the core module cannot be made into a component: {0}")]
    Componentize(String),
    /// A component of another world.
    #[error("not a plugin: it exports {exports}; {expected}")]
    World {
        /// What it exports.
        exports: String,
        /// What it should export.
        expected: String,
    },
    /// It asks for an interface that the runtime does not offer.
    #[error("it imports `{import}`, which the runtime does not offer{hint}")]
    Import {
        /// The interface.
        import: String,
        /// What would help, or empty.
        hint: String,
    },
    /// The compiler failed.
    #[error("cannot compile the plugin: {0}")]
    Compile(String),
}

/// A plugin as the engine keeps it.
pub(crate) struct Loaded {
    pub(crate) digest: Digest,
    pub(crate) size: usize,
    pub(crate) imports: Vec<String>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) exports: Exports,
    pub(crate) pre: InstancePre<Guest>,
}

/// Turns bytes into plugins, one compilation at a time.
pub(crate) struct Loader {
    engine: Engine,
    linker: Linker<Guest>,
    cache: Option<Cache>,
    /// None: this process compiles.
    compiler: Option<Compiler>,
    /// Held while compiling: the compiler uses all processors and much memory by itself.
    compiling: Mutex<()>,
}

impl Loader {
    pub(crate) fn new(
        engine: Engine,
        linker: Linker<Guest>,
        cache: Option<Cache>,
        compiler: Option<Compiler>,
    ) -> Self {
        Self {
            engine,
            linker,
            cache,
            compiler,
            compiling: Mutex::new(()),
        }
    }

    /// Makes a plugin of a component; see [`componentize`].
    pub(crate) fn load(&self, wasm: &[u8], digest: Digest) -> Result<Loaded, LoadError> {
        let component = self.component(wasm, digest)?;
        let ty = component.component_type();
        let imports = ty
            .imports(&self.engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        let (exports, kinds) = Exports::find(&self.engine, &component)?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| import_error(&error))?;
        Ok(Loaded {
            digest,
            size: wasm.len(),
            imports,
            kinds,
            exports,
            pre,
        })
    }

    /// Sees to it that a component's code is in the cache. Without one there is nothing to do.
    pub(crate) fn compile_built_in(
        &self,
        name: &str,
        wasm: &[u8],
        digest: Digest,
    ) -> Result<(), LoadError> {
        let Some(cache) = &self.cache else {
            return Ok(());
        };
        let _alone = self.alone();
        if cache.has(&self.engine, digest) || self.compiled_apart(Input::BuiltIn(name))? {
            return Ok(());
        }
        validate(wasm)?;
        self.compiled_here(wasm, digest).map(drop)
    }

    fn component(&self, wasm: &[u8], digest: Digest) -> Result<Component, LoadError> {
        if let Some(component) = self.cached(digest) {
            return Ok(component);
        }
        let _alone = self.alone();
        // Somebody may have compiled it while this thread waited.
        if let Some(component) = self.cached(digest) {
            return Ok(component);
        }
        validate(wasm)?;
        if wasm.len() >= LONG_TO_COMPILE {
            let megabytes = wasm.len() / 1_000_000;
            tracing::info!(
                target: "bubbles_compiling",
                "compiling a plugin of {megabytes} MB; its code is kept for the next time"
            );
        }
        if self.compiled_apart(Input::Component(wasm))?
            && let Some(component) = self.cached(digest)
        {
            return Ok(component);
        }
        self.compiled_here(wasm, digest)
    }

    /// Of all threads, and all processes with this cache, one compiles at a time.
    fn alone(&self) -> (MutexGuard<'_, ()>, Option<File>) {
        let compiling = self.compiling.lock();
        let compiling = compiling.unwrap_or_else(|broken| broken.into_inner());
        (compiling, self.cache.as_ref().and_then(Cache::lock))
    }

    /// Has it compiled into the cache by a process of its own; whether that is so now.
    fn compiled_apart(&self, input: Input<'_>) -> Result<bool, LoadError> {
        let (Some(compiler), Some(cache)) = (&self.compiler, &self.cache) else {
            return Ok(false);
        };
        match compiler.run(cache.folder(), input) {
            Ok(done) => done.map(|()| true),
            // What a plugin does to one process, it is not to do to this one.
            Err(CompilerError::Died(status)) if status.code().is_none() => Err(LoadError::Compile(
                format!("the compiler's process was ended: {status}"),
            )),
            Err(error) => {
                tracing::warn!(%error, "the compiler does not run as a process; compiling here");
                Ok(false)
            }
        }
    }

    fn compiled_here(&self, wasm: &[u8], digest: Digest) -> Result<Component, LoadError> {
        let component = compile(&self.engine, wasm)?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.store(&self.engine, digest, &component)
        {
            tracing::warn!(%error, "cannot keep compiled code");
        }
        Ok(component)
    }

    fn cached(&self, digest: Digest) -> Option<Component> {
        self.cache.as_ref()?.load(&self.engine, digest)
    }
}

/// Whoever waits for a component of so many bytes to be compiled asks what is going on.
const LONG_TO_COMPILE: usize = 2_000_000;

/// Names the import that nothing answers. wasmtime puts it first in backticks.
fn import_error(error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    let Some(import) = text.split('`').nth(1) else {
        return LoadError::Compile(text);
    };
    let hint = match import {
        name if name.starts_with("wasi:http/") => {
            "; use `wasi:sockets` with a `net` grant, or `objects` for http URLs"
        }
        name if name.starts_with("wasi:") && name.contains("@0.3") => {
            "; build it for WASI 0.2, such as `wasm32-wasip2`"
        }
        name if name.starts_with("bubbles:etl/") => "; build it against `bubbles:etl@0.1.0`",
        _ => "",
    };
    LoadError::Import {
        import: import.to_owned(),
        hint: hint.to_owned(),
    }
}
