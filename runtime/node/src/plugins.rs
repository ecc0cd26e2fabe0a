//! The plugins that a node has at hand, by digest: loaded, in its folder, or on another node.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bubbles_engine::{Engine, LoadError, Plugin};
use thiserror::Error;

use crate::reach::{PullError, Reach};

/// Plugins, loaded and ready to be instantiated. Clones are handles to one shelf.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    loaded: Mutex<BTreeMap<[u8; 32], Loaded>>,
    folder: Option<PluginFolder>,
}

/// A plugin, and when somebody last wanted it.
struct Loaded {
    plugin: Plugin,
    used: Instant,
}

/// A plugin cannot be had.
#[derive(Debug, Error)]
pub(crate) enum ShelfError {
    /// Nobody has it.
    #[error("the plugin {0} is on no node")]
    Missing(String),
    /// Somebody may have it, but it did not come.
    #[error("the plugin {digest} could not be had from another node: {source}")]
    Pull {
        /// Which.
        digest: String,
        /// Why.
        source: PullError,
    },
    /// The folder of plugins cannot be used.
    #[error("the folder of plugins {}: {source}", folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It does not load here.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Shelf {
    /// A shelf that keeps what comes in a folder.
    pub(crate) fn with_folder(folder: PluginFolder) -> Self {
        Self {
            inner: Arc::new(Inner {
                loaded: Mutex::default(),
                folder: Some(folder),
            }),
        }
    }

    /// Puts a plugin on it.
    pub(crate) fn put(&self, plugin: &Plugin) {
        let digest = *plugin.digest().as_bytes();
        let loaded = Loaded {
            plugin: plugin.clone(),
            used: Instant::now(),
        };
        self.held().insert(digest, loaded);
    }

    /// Whether its component is on this node, as it was written: a plugin may be loaded, and its file
    /// damaged since.
    pub(crate) fn has(&self, digest: &[u8; 32]) -> bool {
        match &self.inner.folder {
            _ if built_in(digest).is_some() => true,
            Some(folder) => folder.read(digest).is_some(),
            None => self.held().contains_key(digest),
        }
    }

    /// Whether there is a file of it, or it is built in.
    fn is_stored(&self, digest: &[u8; 32]) -> bool {
        let folder = self.inner.folder.as_ref();
        built_in(digest).is_some() || folder.is_some_and(|folder| folder.path(digest).exists())
    }

    /// A plugin's component, if it is on this node.
    pub(crate) fn component(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        if let Some(wasm) = built_in(digest) {
            return Some(wasm.to_vec());
        }
        self.inner.folder.as_ref()?.read(digest)
    }

    /// The plugin of this digest; pulled from another node if need be.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        reach: Option<&dyn Reach>,
        digest: &[u8; 32],
    ) -> Result<Plugin, ShelfError> {
        if let Some(found) = self.held().get_mut(digest) {
            found.used = Instant::now();
            return Ok(found.plugin.clone());
        }
        let wasm = match self.component(digest) {
            Some(wasm) => wasm,
            None => self.pull(reach, digest)?,
        };
        let plugin = engine.load(&wasm)?;
        self.put(&plugin);
        Ok(plugin)
    }

    /// Lets go of what nobody has wanted for so long: loading it again takes milliseconds, as
    /// its compiled code is in the cache. Plugins given by path stay, as they are nowhere else.
    pub(crate) fn let_go(&self, unused_for: Duration) {
        let mut held = self.held();
        let old = |(digest, loaded): (&[u8; 32], &Loaded)| {
            (loaded.used.elapsed() >= unused_for).then_some(*digest)
        };
        let old: Vec<[u8; 32]> = held.iter().filter_map(old).collect();
        for digest in old {
            if self.is_stored(&digest) {
                held.remove(&digest);
            }
        }
    }

    fn pull(&self, reach: Option<&dyn Reach>, digest: &[u8; 32]) -> Result<Vec<u8>, ShelfError> {
        let name = hex(digest);
        let Some(reach) = reach else {
            return Err(ShelfError::Missing(name));
        };
        let wasm = reach.plugin(digest).map_err(|source| match source.gone {
            true => ShelfError::Missing(name.clone()),
            false => ShelfError::Pull {
                digest: name.clone(),
                source,
            },
        })?;
        if let Some(folder) = &self.inner.folder {
            folder
                .write(digest, &wasm)
                .map_err(|source| ShelfError::Folder {
                    folder: folder.root.clone(),
                    source,
                })?;
        }
        Ok(wasm)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Loaded>> {
        self.inner
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Components in a folder, each under its digest: what is read is what was written, or nothing.
#[derive(Clone, Debug)]
pub(crate) struct PluginFolder {
    root: PathBuf,
}

impl PluginFolder {
    /// Opens it, making it if need be.
    pub(crate) fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        self.root.join(format!("{}.wasm", hex(digest)))
    }

    /// Its bytes. What is not as it was written is removed, so that it can be had again.
    pub(crate) fn read(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        let path = self.path(digest);
        let bytes = fs::read(&path).ok()?;
        if blake3::hash(&bytes) == *digest {
            return Some(bytes);
        }
        tracing::warn!(path = %path.display(), "a stored plugin is damaged and is removed");
        fs::remove_file(&path).ok();
        None
    }

    /// Keeps a component: whole and on the disk, or not at all.
    pub(crate) fn write(&self, digest: &[u8; 32], wasm: &[u8]) -> io::Result<()> {
        let mut fresh = tempfile::NamedTempFile::new_in(&self.root)?;
        fresh.write_all(wasm)?;
        fresh.as_file().sync_all()?;
        fresh.persist(self.path(digest))?;
        File::open(&self.root)?.sync_all()
    }
}

/// Compiles the built-in plugins into the engine's cache, so that no job waits for it; until it is no
/// longer worth it.
pub(crate) fn compile_built_in(engine: &Engine, is_over: impl Fn() -> bool) {
    for known in bubbles_plugins::all() {
        if is_over() {
            return;
        }
        let compiled = engine.compile_built_in(known.name, known.wasm, known.digest);
        // A signal to the whole group of processes ends the compiler as well.
        if is_over() {
            return;
        }
        if let Err(error) = compiled {
            let name = known.name;
            tracing::error!(name, %error, "a built-in plugin cannot be compiled");
        }
    }
}

fn built_in(digest: &[u8; 32]) -> Option<&'static [u8]> {
    let mut known = bubbles_plugins::all().iter();
    known.find(|it| it.digest == digest).map(|it| it.wasm)
}

pub(crate) fn is_built_in(digest: &[u8; 32]) -> bool {
    built_in(digest).is_some()
}

pub(crate) fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from(*digest).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::{PluginFolder, Shelf};

    #[test]
    fn a_damaged_component_is_not_there() {
        let root = tempfile::tempdir().unwrap();
        let folder = PluginFolder::open(root.path().join("plugins")).unwrap();
        let wasm = b"\0asm and more".to_vec();
        let digest = *blake3::hash(&wasm).as_bytes();
        folder.write(&digest, &wasm).unwrap();
        assert_eq!(folder.read(&digest).as_deref(), Some(&*wasm));
        std::fs::write(folder.path(&digest), b"\0asm and mire").unwrap();
        assert_eq!(folder.read(&digest), None);
        assert!(!folder.path(&digest).exists());

        folder.write(&digest, &wasm).unwrap();
        let shelf = Shelf::with_folder(folder.clone());
        assert!(shelf.has(&digest));
        std::fs::write(folder.path(&digest), b"\0asm and mire").unwrap();
        assert!(!shelf.has(&digest));
    }
}
