//! A folder with a pipeline and its data, in which `bubbles` runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::RwLockReadGuard;

use tempfile::TempDir;

use crate::program::{self, Ended};
use crate::{built, quiet};

/// Files by their path in a folder, with what is in them.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A folder of a test, gone after it. Spilled chunks of its jobs go to a folder of their own.
pub(crate) struct Folder {
    folder: TempDir,
    scratch: TempDir,
    _beside_others: Option<RwLockReadGuard<'static, ()>>,
}

impl Folder {
    /// An empty one, for a test that runs beside others.
    pub(crate) fn new() -> Self {
        Self {
            _beside_others: Some(quiet::shared()),
            ..Self::alone()
        }
    }

    /// An empty one, for a test that holds [`quiet::alone`].
    pub(crate) fn alone() -> Self {
        let (folder, scratch) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        Self {
            folder,
            scratch,
            _beside_others: None,
        }
    }

    /// One with a pipeline in it.
    pub(crate) fn with(pipeline: &str) -> Self {
        let folder = Self::new();
        folder.write("pipeline.toml", pipeline);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// All files below `name`, hidden ones too. Empty where there is no such folder.
    pub(crate) fn files(&self, name: &str) -> Files {
        let root = self.path(name);
        let read = |name: String| {
            let bytes = fs::read(root.join(&name)).unwrap();
            (name, bytes)
        };
        self.names(name).into_iter().map(read).collect()
    }

    /// Their paths below `name`.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        let root = self.path(name);
        collect(&root, &root, &mut names);
        names
    }

    /// All lines of all files below `name`, sorted.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let files = self.files(name).into_values();
        let texts = files.map(|bytes| String::from_utf8(bytes).unwrap());
        let mut lines: Vec<String> = texts
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        lines.sort();
        lines
    }

    /// `bubbles` in this folder.
    pub(crate) fn bubbles(&self, words: &[&str]) -> Command {
        let mut command = Command::new(built::bubbles());
        command.args(words);
        self.surround(&mut command);
        command
    }

    /// Another program in the same surroundings.
    pub(crate) fn surround(&self, command: &mut Command) {
        command.current_dir(self.folder.path());
        command
            .env("BUBBLES_HOME", built::home())
            .env("BUBBLES_SCRATCH", self.scratch.path());
    }

    /// Runs the folder's pipeline; the report is on standard output.
    pub(crate) fn run(&self) -> Ended {
        program::run(&mut self.bubbles(&["run", ".", "--output", "json"]))
    }

    /// What jobs left of their spilled chunks: nothing, whatever happened.
    #[track_caller]
    pub(crate) fn expect_no_scratch(&self) {
        let mut left = Vec::new();
        collect(self.scratch.path(), self.scratch.path(), &mut left);
        assert!(left.is_empty(), "left behind: {left:?}");
    }

    /// The folder for spilled chunks.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, names);
        } else {
            names.push(
                path.strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
}
