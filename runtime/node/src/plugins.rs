//! The plugins that a node has at hand, by digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bubbles_engine::{Engine, LoadError, Plugin};
use thiserror::Error;

/// Plugins, loaded and ready to be instantiated. Clones are handles to one shelf.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    loaded: Arc<Mutex<BTreeMap<[u8; 32], Plugin>>>,
}

/// A plugin cannot be had.
#[derive(Debug, Error)]
pub(crate) enum ShelfError {
    /// Nobody has it.
    #[error("the plugin {0} is on no node")]
    Missing(String),
    /// It does not load here.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Shelf {
    /// Puts a plugin on it.
    pub(crate) fn put(&self, plugin: &Plugin) {
        let digest = *plugin.digest().as_bytes();
        self.held().insert(digest, plugin.clone());
    }

    /// The plugin of this digest.
    pub(crate) fn load(&self, _engine: &Engine, digest: &[u8; 32]) -> Result<Plugin, ShelfError> {
        let found = self.held().get(digest).cloned();
        found.ok_or_else(|| ShelfError::Missing(blake3::Hash::from(*digest).to_hex().to_string()))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Plugin>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
