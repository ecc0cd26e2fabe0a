//! Tells without a compiler whether a plugin is up to date: a note of every
//! file that went into it, as long and as old as it was then.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What may lie beside a crate, or in a folder above it, and change how it is built.
const SETTINGS: [&str; 5] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "rust-toolchain",
];

#[derive(Serialize, Deserialize, Debug, PartialEq)]
pub(super) struct Stamp {
    wasm: PathBuf,
    files: Vec<Seen>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Seen {
    path: PathBuf,
    /// `None`: it was not there, and must not be now.
    state: Option<State>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct State {
    size_bytes: u64,
    modified: Duration,
}

/// Where the note about the plugin at `path` is kept, and what is built from it
/// by others than cargo: another version of the SDK has another place.
pub(super) fn place(cache: &Path, path: &Path, sdk: &str) -> PathBuf {
    let mut hasher = blake3::Hasher::new();
    hasher.update(path.as_os_str().as_encoded_bytes());
    hasher.update(&[0]);
    hasher.update(sdk.as_bytes());
    let digest = hasher.finalize().to_hex();
    cache.join("builds").join(&digest[..32])
}

/// What the note is called in that folder.
pub(super) const NOTE: &str = "note.json";

impl Stamp {
    /// What a build that began at `started` made, and from what. `None` if that
    /// cannot be told: there is no list, or a file was changed meanwhile.
    pub(super) fn of(wasm: &Path, sources: Vec<PathBuf>, started: SystemTime) -> Option<Self> {
        if sources.is_empty() || sources.iter().any(|source| source.is_relative()) {
            return None;
        }
        let paths: BTreeSet<PathBuf> = sources.into_iter().collect();
        let mut files: Vec<Seen> = paths.into_iter().map(Seen::now).collect();
        let started = started.duration_since(UNIX_EPOCH).ok()?;
        // Cargo may write its lock file; that is the one file a build changes.
        let changed = files.iter().any(|seen| {
            !seen.path.ends_with("Cargo.lock")
                && seen
                    .state
                    .as_ref()
                    .is_some_and(|state| state.modified >= started)
        });
        files.push(Seen::now(wasm.to_owned()));
        (!changed).then(|| Self {
            wasm: wasm.to_owned(),
            files,
        })
    }

    pub(super) fn read(note: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(note).ok()?).ok()
    }

    /// The component, if all is as it was.
    pub(super) fn fresh(self) -> Option<PathBuf> {
        let same = self
            .files
            .iter()
            .all(|seen| State::now(&seen.path) == seen.state);
        same.then_some(self.wasm)
    }

    /// Keeps the note. That it cannot be kept costs time, and nothing else.
    pub(super) fn write(&self, note: &Path) {
        let Some(folder) = note.parent() else { return };
        let written = fs::create_dir_all(folder).and_then(|()| {
            let file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer(&file, self)?;
            file.persist(note)?;
            Ok(())
        });
        if let Err(error) = written {
            tracing::debug!(%error, note = %note.display(), "the note of a build was not kept");
        }
    }
}

/// What cargo made a component from: the list that it leaves beside it, and all
/// files that could change its settings. Nothing, if there is no list.
pub(super) fn of_crate(wasm: &Path, folder: &Path) -> Vec<PathBuf> {
    let Ok(list) = fs::read_to_string(wasm.with_extension("d")) else {
        return Vec::new();
    };
    let mut paths = parse_dep_info(&list);
    if paths.is_empty() {
        return paths;
    }
    let mut folders: BTreeSet<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
    for source in &paths {
        folders.extend(source.ancestors().skip(1).map(Path::to_owned));
    }
    paths.extend(
        folders
            .iter()
            .flat_map(|folder| SETTINGS.map(|name| folder.join(name))),
    );
    paths
}

impl Seen {
    fn now(path: PathBuf) -> Self {
        Self {
            state: State::now(&path),
            path,
        }
    }
}

impl State {
    fn now(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            size_bytes: metadata.len(),
            modified,
        })
    }
}

/// The files after the first colon of a compiler's list, `out: one two\ three`. A
/// backslash at its end continues a line.
pub(super) fn parse_dep_info(list: &str) -> Vec<PathBuf> {
    let list = list.replace("\\\n", " ");
    let Some((_, sources)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut file = String::new();
    let mut characters = sources.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => file.extend(characters.next()),
            ' ' if !file.is_empty() => files.push(PathBuf::from(std::mem::take(&mut file))),
            ' ' => {}
            other => file.push(other),
        }
    }
    if !file.is_empty() {
        files.push(PathBuf::from(file));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_may_hold_spaces() {
        let files = parse_dep_info("/t/late.wasm: /a/lib.rs /my\\ code/b.rs\n");
        assert_eq!(files, [Path::new("/a/lib.rs"), Path::new("/my code/b.rs")]);
        assert!(parse_dep_info("").is_empty());
        let files = parse_dep_info("0.o: /a/p.c \\\n  /b/q.h\n");
        assert_eq!(files, [Path::new("/a/p.c"), Path::new("/b/q.h")]);
    }

    /// A crate as it looks after a build that began a second later than its last edit.
    fn built(folder: &Path) -> (PathBuf, Stamp) {
        let source = folder.join("lib.rs");
        let wasm = folder.join("late.wasm");
        fs::write(&source, "fn main() {}").unwrap();
        fs::write(folder.join("Cargo.toml"), "[package]").unwrap();
        fs::write(&wasm, "\0asm").unwrap();
        let list = format!("{}: {}\n", wasm.display(), source.display());
        fs::write(folder.join("late.d"), list).unwrap();
        let started = SystemTime::now() + Duration::from_secs(1);
        (
            source,
            Stamp::of(&wasm, of_crate(&wasm, folder), started).unwrap(),
        )
    }

    #[test]
    fn a_change_of_any_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("notes/n.json");
        let (source, stamp) = built(folder.path());
        stamp.write(&note);
        assert_eq!(
            Stamp::read(&note).unwrap().fresh(),
            Some(folder.path().join("late.wasm"))
        );
        fs::write(&source, "fn main() { todo!() }").unwrap();
        assert_eq!(Stamp::read(&note).unwrap().fresh(), None);
    }

    #[test]
    fn a_new_setting_and_a_missing_component_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("notes/n.json");
        let (_, stamp) = built(folder.path());
        stamp.write(&note);
        fs::write(folder.path().join("rust-toolchain"), "nightly").unwrap();
        assert_eq!(Stamp::read(&note).unwrap().fresh(), None);
        fs::remove_file(folder.path().join("rust-toolchain")).unwrap();
        assert!(Stamp::read(&note).unwrap().fresh().is_some());
        fs::remove_file(folder.path().join("late.wasm")).unwrap();
        assert_eq!(Stamp::read(&note).unwrap().fresh(), None);
    }

    #[test]
    fn an_edit_during_the_build_leaves_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let (_, _) = built(folder.path());
        let wasm = folder.path().join("late.wasm");
        let before = SystemTime::now() - Duration::from_secs(60);
        let sources = of_crate(&wasm, folder.path());
        assert_eq!(Stamp::of(&wasm, sources, before), None);
    }
}
