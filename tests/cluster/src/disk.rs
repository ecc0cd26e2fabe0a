//! A disk that is soon full.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, mounted over a folder. Dropping it unmounts it.
#[derive(Debug)]
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Why this machine cannot have one; none if it can.
    #[must_use]
    pub fn obstacle() -> Option<String> {
        let tried = tempfile::tempdir().and_then(|folder| Self::mount(folder.path(), 1).map(drop));
        tried.err().map(|error| error.to_string())
    }

    /// One of so many MiB. The folder is made if need be.
    ///
    /// # Errors
    /// If this machine does not let us.
    pub fn mount(folder: &Path, mebibytes: u32) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let size = format!("size={mebibytes}m,mode=0700");
        let words = ["-t", "tmpfs", "-o", &size, "bubbles-test"];
        let words = words.map(OsStr::new).into_iter();
        run("mount", words.chain([folder.as_os_str()]))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Takes all that is left of it; how many bytes that was.
    ///
    /// # Errors
    /// If it fails otherwise than for lack of space.
    pub fn fill(&self) -> io::Result<u64> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.filler())?;
        let mut step = vec![1; 64 << 10];
        let mut filled = 0;
        while !step.is_empty() {
            match file.write(&step) {
                Ok(written) => filled += written as u64,
                Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                    let half = step.len() / 2;
                    step.truncate(half);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Gives it back.
    ///
    /// # Errors
    /// If it was not taken.
    pub fn free(&self) -> io::Result<()> {
        fs::remove_file(self.filler())
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a node may have files open in it. It goes with the last of them.
        let words = [OsStr::new("-l"), self.folder.as_os_str()];
        run("umount", words.into_iter()).ok();
    }
}

fn run<'a>(program: &str, words: impl Iterator<Item = &'a OsStr>) -> io::Result<()> {
    let ended = Command::new(program).args(words).output()?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(io::Error::other(format!("{program}: {}", said.trim())))
}
