//! Compiled code on disk, used only if this user's engine wrote it.

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::plugin::Digest;

/// Length of a key and of a code (BLAKE3).
const KEY_BYTES: usize = 32;

/// A folder of compiled code. Each file holds a message authentication code and the compiled code;
/// its name holds the digest of the plugin and of the compiler's settings. The key lies in the
/// folder, readable by its owner alone: whoever can read it could as well change the program.
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
}

impl Cache {
    /// Opens the cache; makes folder and key if need be.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let us = rustix::process::geteuid().as_raw();
        let owner = fs::metadata(folder)?;
        if owner.uid() != us || owner.mode() & 0o022 != 0 {
            return Err(io::Error::other("the folder can be written by other users"));
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            key: key(folder, us)?,
        })
    }

    /// Takes compiled code out. None where there is none, or where it is not what was put in.
    pub(crate) fn load(&self, engine: &Engine, digest: Digest) -> Option<Component> {
        let path = self.path(engine, digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read compiled code");
                return None;
            }
        };
        let loaded = self
            .verified(&path, &bytes)
            .and_then(|code| deserialize(engine, code));
        match loaded {
            Ok(component) => Some(component),
            Err(reason) => {
                tracing::warn!(path = %path.display(), reason, "compiled code is made anew");
                discard(&path);
                None
            }
        }
    }

    /// Puts compiled code in. Failing costs time in the next process, nothing else.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        digest: Digest,
        component: &Component,
    ) -> io::Result<()> {
        let code = component
            .serialize()
            .map_err(|error| io::Error::other(error.to_string()))?;
        self.write(&self.path(engine, digest), &code)
    }

    /// Whether there is something of this name: what it is shows when it is taken out.
    pub(crate) fn has(&self, engine: &Engine, digest: Digest) -> bool {
        self.path(engine, digest).exists()
    }

    /// Waits until no other process compiles into this cache, and keeps them out until it is
    /// dropped. None where the folder does not allow it: then two may compile the same.
    pub(crate) fn lock(&self) -> Option<File> {
        let path = self.folder.join("compiling");
        let locked = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file));
        locked
            .inspect_err(|error| tracing::debug!(path = %path.display(), %error, "not locked"))
            .ok()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn write(&self, path: &Path, code: &[u8]) -> io::Result<()> {
        // Each writer has a file of its own; the last rename wins, all hold the same.
        let draft = path.with_extension(format!("{:016x}.draft", random()?));
        let result = (|| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&draft)?;
            file.write_all(self.code(path, code).as_bytes())?;
            file.write_all(code)?;
            fs::rename(&draft, path)
        })();
        if result.is_err() {
            discard(&draft);
        }
        result
    }

    fn verified<'a>(&self, path: &Path, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
        let (code, compiled) = bytes
            .split_first_chunk::<KEY_BYTES>()
            .ok_or("it is cut off")?;
        // Comparing hashes takes the same time wherever they differ.
        if blake3::Hash::from(*code) == self.code(path, compiled) {
            Ok(compiled)
        } else {
            Err("it was changed, or written by somebody else")
        }
    }

    /// The code of a file: bound to its name, so that files cannot be exchanged.
    fn code(&self, path: &Path, compiled: &[u8]) -> blake3::Hash {
        let name = path
            .file_name()
            .map(|name| name.as_encoded_bytes())
            .unwrap_or_default();
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher
            .update(&(name.len() as u64).to_le_bytes())
            .update(name)
            .update(compiled);
        hasher.finalize()
    }

    fn path(&self, engine: &Engine, digest: Digest) -> PathBuf {
        let mut settings = HashOfSettings(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut settings);
        let settings = settings.finish();
        self.folder
            .join(format!("{digest}-{settings:016x}.compiled"))
    }
}

#[expect(
    unsafe_code,
    reason = "compiling takes seconds, so compiled code is kept; wasmtime can load it only so"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> Result<Component, &'static str> {
    // SAFETY: `code` was authenticated with a key that only this user can read, and it was written
    // under it by `store`, out of `Component::serialize`. wasmtime checks by itself that its own
    // version and settings are the same.
    let component = unsafe { Component::deserialize(engine, code) };
    component.map_err(|_| "another version of the compiler made it")
}

/// The folder's key; made by whoever comes first.
fn key(folder: &Path, us: u32) -> io::Result<[u8; KEY_BYTES]> {
    let path = folder.join("key");
    loop {
        match File::open(&path) {
            Ok(mut file) => {
                let owner = file.metadata()?;
                if owner.uid() != us || owner.mode() & 0o077 != 0 {
                    return Err(io::Error::other("its key can be read by other users"));
                }
                let mut key = [0; KEY_BYTES];
                if owner.size() == KEY_BYTES as u64 {
                    file.read_exact(&mut key)?;
                    return Ok(key);
                }
                return Err(io::Error::other("its key is damaged; remove the folder"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => new_key(folder, &path)?,
            Err(error) => return Err(error),
        }
    }
}

/// Makes a key that appears whole, unless there is one by now.
fn new_key(folder: &Path, path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_BYTES];
    fill_random(&mut key)?;
    let draft = folder.join(format!("key.{:016x}.draft", random()?));
    let made = (|| {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?
            .write_all(&key)?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    })();
    discard(&draft);
    made
}

fn discard(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "cannot remove a file of the code cache");
    }
}

fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    fill_random(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn fill_random(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(&mut bytes[filled..], flags)?;
    }
    Ok(())
}

/// Feeds what is hashed to BLAKE3, whose result is the same in every process.
struct HashOfSettings(blake3::Hasher);

impl Hasher for HashOfSettings {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn engine() -> Engine {
        Engine::default()
    }

    fn component(engine: &Engine) -> (Component, Digest) {
        let wasm = wat::parse_str("(component)").unwrap();
        (
            Component::from_binary(engine, &wasm).unwrap(),
            Digest::of(&wasm),
        )
    }

    #[test]
    fn what_was_put_in_comes_out_again_in_another_process() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine();
        let (component, digest) = component(&engine);
        let cache = Cache::open(&folder.path().join("new")).unwrap();
        assert!(cache.load(&engine, digest).is_none());
        cache.store(&engine, digest, &component).unwrap();
        let again = Cache::open(&folder.path().join("new")).unwrap();
        assert!(again.load(&engine, digest).is_some());
        let names = fs::read_dir(folder.path().join("new")).unwrap().count();
        assert_eq!(names, 2, "the key and the code, no drafts");
    }

    #[test]
    fn changed_code_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine();
        let (component, digest) = component(&engine);
        let cache = Cache::open(folder.path()).unwrap();
        let path = cache.path(&engine, digest);
        for damage in 0..4 {
            cache.store(&engine, digest, &component).unwrap();
            let mut bytes = fs::read(&path).unwrap();
            let last = bytes.len() - 1;
            match damage {
                0 => bytes[last] ^= 1,
                1 => bytes[0] ^= 1,
                2 => bytes.truncate(10),
                _ => bytes.truncate(last),
            }
            fs::write(&path, bytes).unwrap();
            assert!(cache.load(&engine, digest).is_none());
            assert!(!path.exists(), "damaged code is removed");
        }
    }

    #[test]
    fn code_of_another_plugin_or_key_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine();
        let (component, digest) = component(&engine);
        let cache = Cache::open(folder.path()).unwrap();
        cache.store(&engine, digest, &component).unwrap();
        let other = Digest::of(b"other");
        fs::copy(cache.path(&engine, digest), cache.path(&engine, other)).unwrap();
        assert!(cache.load(&engine, other).is_none());
        let stranger = Cache {
            folder: folder.path().to_path_buf(),
            key: [7; KEY_BYTES],
        };
        assert!(stranger.load(&engine, digest).is_none());
    }

    #[test]
    fn a_folder_that_others_can_write_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Cache::open(folder.path()).is_err());
    }
}
