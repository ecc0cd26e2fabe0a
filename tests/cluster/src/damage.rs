//! Flipped bytes: in a file that nobody has open, and in the files without names of a process that
//! runs.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Changes the byte of a file at this offset.
///
/// # Errors
/// If the file is shorter, or cannot be written.
pub fn flip(file: &Path, offset: u64) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(file)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset)?;
    file.write_all_at(&[byte[0] ^ 0x10], offset)
}

/// Files in this folder that a process has open and that have no name any more, or never had: as
/// paths that can be opened.
///
/// # Errors
/// If there is no such process.
pub fn unnamed_files(process: u32, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        let path = entry?.path();
        // A file that was closed meanwhile is none.
        let Ok(target) = fs::read_link(&path) else {
            continue;
        };
        if target.starts_with(folder) && target.to_string_lossy().ends_with("(deleted)") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Up to so many offsets of a file at which something is written, in equal distances.
///
/// # Errors
/// If it cannot be read.
pub fn written(file: &Path, count: usize) -> io::Result<Vec<u64>> {
    let bytes = fs::read(file)?;
    let offsets = (0..).zip(&bytes).filter(|(_, byte)| **byte != 0);
    let offsets: Vec<u64> = offsets.map(|(offset, _)| offset).collect();
    let step = offsets.len() / (count + 1) + 1;
    Ok(offsets.into_iter().step_by(step).skip(1).collect())
}

/// Where this text stands in a file.
///
/// # Errors
/// If it cannot be read.
pub fn places_of(file: &Path, text: &str) -> io::Result<Vec<u64>> {
    let bytes = fs::read(file)?;
    let windows = (0..).zip(bytes.windows(text.len()));
    let found = windows.filter(|(_, window)| *window == text.as_bytes());
    Ok(found.map(|(offset, _)| offset).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_flipped_in_a_file_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = tempfile::tempfile_in(folder.path()).unwrap();
        file.write_all_at(b"chunk", 100).unwrap();
        let found = unnamed_files(std::process::id(), folder.path()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(written(&found[0], 10).unwrap(), [101, 102, 103, 104]);
        flip(&found[0], 102).unwrap();
        assert_eq!(places_of(&found[0], "ch").unwrap(), [100]);
        assert!(places_of(&found[0], "chunk").unwrap().is_empty());
        flip(&found[0], 102).unwrap();
        assert_eq!(places_of(&found[0], "chunk").unwrap(), [100]);
        assert!(flip(&found[0], 105).is_err());
    }
}
