//! The SDKs: embedded, and put into the cache for compilers to read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Language;

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// What a plugin's folder calls its own copy.
const OWN: &str = "bubbles-sdk";

/// The files of these folders of the SDK, by their paths in it, with their texts. What Rust needs is
/// not among them.
pub fn files(folders: &[&str]) -> impl Iterator<Item = (&'static Path, &'static str)> {
    let folders: Vec<String> = folders.iter().map(|folder| format!("{folder}/")).collect();
    FILES
        .iter()
        .filter(move |(path, _)| folders.iter().any(|folder| path.starts_with(folder)))
        .map(|(path, text)| (Path::new(*path), *text))
}

/// The folder with the SDK for a plugin: its own copy, or that of this program.
pub(super) fn folder(plugin: &Path, language: Language, cache: &Path) -> io::Result<PathBuf> {
    let own = plugin.join(OWN);
    if language.sdk().iter().all(|name| own.join(name).is_dir()) {
        return Ok(own);
    }
    let all = cache.join("sdk");
    let folder = all.join(digest());
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&all)?;
    let fresh = tempfile::tempdir_in(&all)?;
    for (path, text) in FILES {
        let path = fresh.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(&all))?;
        fs::write(path, text)?;
    }
    match fs::rename(fresh.path(), &folder) {
        Ok(()) => {
            // It goes by another name now.
            let _gone: PathBuf = fresh.keep();
            Ok(folder)
        }
        // Another process was faster.
        Err(_) if folder.is_dir() => Ok(folder),
        Err(error) => Err(error),
    }
}

/// Tells this SDK from that of another version of this program.
pub(super) fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, text) in FILES {
        for part in [path, text] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_finds_its_folders() {
        let cache = tempfile::tempdir().unwrap();
        let plugin = tempfile::tempdir().unwrap();
        for language in [Language::C, Language::Zig, Language::JavaScript] {
            let folder = folder(plugin.path(), language, cache.path()).unwrap();
            for name in language.sdk() {
                assert!(folder.join(name).is_dir(), "{name}");
            }
        }
        let written = cache.path().join("sdk").join(digest());
        assert!(written.join("c/include/bubbles.h").is_file());
        assert!(written.join("wit/bubbles.wit").is_file());
    }

    #[test]
    fn a_copy_beside_the_plugin_is_preferred() {
        let cache = tempfile::tempdir().unwrap();
        let plugin = tempfile::tempdir().unwrap();
        let own = plugin.path().join("bubbles-sdk");
        fs::create_dir_all(own.join("c")).unwrap();
        let found = |language| folder(plugin.path(), language, cache.path()).unwrap();
        assert_eq!(found(Language::C), own);
        assert_ne!(found(Language::Cpp), own);
    }
}
