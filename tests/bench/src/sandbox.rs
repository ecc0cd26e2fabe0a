//! An engine of its own for the benchmarks that measure the sandbox alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bubbles_engine::{
    Context, Engine, EngineConfig, Grants, Host, Instance, Level, Limits, Phase, Plugin, Stopped,
    Surroundings,
};
use tokio::runtime::Runtime;

use crate::place::Place;

/// An engine with one plugin in it.
pub(crate) struct Sandbox {
    engine: Engine,
    plugin: Plugin,
    _runtime: Runtime,
}

impl Sandbox {
    /// Loads one of the plugins of the benchmarks.
    pub(crate) fn of(place: &Place, guest: &str) -> Result<Self> {
        let wasm = place.read_guest(guest)?;
        Self::load(&wasm, None).with_context(|| format!("the plugin `{guest}` does not load"))
    }

    /// Loads a plugin, whose code is kept in this folder or is there already.
    pub(crate) fn cached(wasm: &[u8], cache: &Path) -> Result<Self> {
        Self::load(wasm, Some(cache.to_owned()))
    }

    fn load(wasm: &[u8], cache: Option<PathBuf>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()?;
        let config = EngineConfig {
            cache,
            compiler: None,
            slots: 8,
            runtime: runtime.handle().clone(),
        };
        let engine = Engine::new(config)?;
        let plugin = engine.load(wasm)?;
        Ok(Self {
            engine,
            plugin,
            _runtime: runtime,
        })
    }

    /// A fresh instance that hands what it emits to `host`.
    pub(crate) fn instance(&self, host: Box<dyn Host>) -> Result<Instance> {
        let around = Surroundings {
            limits: Limits::default(),
            grants: Grants::default(),
            host,
        };
        Ok(self.engine.instantiate(&self.plugin, around)?)
    }

    /// A fresh transform, opened.
    pub(crate) fn opened(&self, host: Box<dyn Host>) -> Result<Instance> {
        self.opened_with(host, "{}")
    }

    /// The same with a configuration.
    pub(crate) fn opened_with(&self, host: Box<dyn Host>, config: &str) -> Result<Instance> {
        let mut instance = self.instance(host)?;
        let context = Context {
            job: String::from("bench"),
            task: String::from("identity"),
            phase: Phase::Whole,
            split: 0,
            splits: 1,
            attempt: 1,
        };
        instance.open_transform(config, &context)?;
        Ok(instance)
    }
}

/// The end of a chain: looks at a byte and lets the chunk go.
pub(crate) struct End;

impl Host for End {
    fn emit(&mut self, chunk: &[u8]) -> Result<(), Stopped> {
        std::hint::black_box(chunk.last());
        Ok(())
    }

    fn reject(&mut self, _bytes: &[u8], _reason: &str) -> Result<(), Stopped> {
        Err(Stopped)
    }

    fn log(&mut self, _level: Level, _message: &str) {}
}

/// Hands every chunk straight to the next task, as a stage does.
pub(crate) struct Next(pub(crate) Instance);

impl Host for Next {
    fn emit(&mut self, chunk: &[u8]) -> Result<(), Stopped> {
        self.0.process(0, chunk).map_err(|_| Stopped)
    }

    fn reject(&mut self, _bytes: &[u8], _reason: &str) -> Result<(), Stopped> {
        Err(Stopped)
    }

    fn log(&mut self, _level: Level, _message: &str) {}
}
