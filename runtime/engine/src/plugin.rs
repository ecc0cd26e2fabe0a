//! A plugin that is loaded and ready to be instantiated.

use std::fmt;
use std::sync::Arc;

use crate::call::CallError;
use crate::description::{self, Context, Description, Kind, Phase};
use crate::engine::Engine;
use crate::grants::Grants;
use crate::host::{Host, Level, Stopped};
use crate::instance::Surroundings;
use crate::limits::Limits;
use crate::load::Loaded;

/// A loaded plugin. Cloning shares it.
#[derive(Clone)]
pub struct Plugin {
    loaded: Arc<Loaded>,
}

/// BLAKE3 digest of a plugin's component. Shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Plugin {
    /// Names the component that it is.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.loaded.digest
    }

    /// Bytes of the component.
    #[must_use]
    pub fn size(&self) -> usize {
        self.loaded.size
    }

    /// Interfaces that it asks its host for.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.loaded.imports
    }

    /// Kinds of task that it exports.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.loaded.kinds
    }

    /// Asks the plugin what it offers, in a sandbox with no grants.
    ///
    /// # Errors
    /// [`CallError::Invalid`] where what it says is not a description; else as every call.
    pub fn describe(&self, engine: &Engine) -> Result<Vec<Description>, CallError> {
        let around = Surroundings {
            limits: Limits::default(),
            grants: Grants::default(),
            host: Box::new(Nobody),
        };
        let said = engine.instantiate(self, around)?.describe()?;
        description::checked(said, self.kinds()).map_err(CallError::Invalid)
    }

    /// Opens a transform with this configuration, in a sandbox with no grants, and throws it away: what a
    /// plugin that runs code from its configuration has to say against that code.
    ///
    /// # Errors
    /// What the plugin says, or [`CallError::Host`] if it has no transform.
    pub fn try_open(&self, engine: &Engine, config: &str) -> Result<(), CallError> {
        let around = Surroundings {
            limits: Limits::default(),
            grants: Grants::default(),
            host: Box::new(Nobody),
        };
        let context = Context {
            job: "check".to_owned(),
            task: "check".to_owned(),
            phase: Phase::Whole,
            split: 0,
            splits: 1,
            attempt: 1,
        };
        let mut instance = engine.instantiate(self, around)?;
        instance.open_transform(config, &context)
    }

    pub(crate) fn new(loaded: Arc<Loaded>) -> Self {
        Self { loaded }
    }

    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }
}

/// The host of a plugin that only speaks of itself.
struct Nobody;

impl Host for Nobody {
    fn emit(&mut self, _chunk: &[u8]) -> Result<(), Stopped> {
        Err(Stopped)
    }

    fn reject(&mut self, _bytes: &[u8], _reason: &str) -> Result<(), Stopped> {
        Err(Stopped)
    }

    fn log(&mut self, level: Level, message: &str) {
        tracing::debug!(%level, message, "a plugin logs while it describes itself");
    }
}

impl Digest {
    /// The digest of a component.
    #[must_use]
    pub fn of(component: &[u8]) -> Self {
        Self(*blake3::hash(component).as_bytes())
    }

    /// The bytes of it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
