//! What a dead process left staged, removed: by its name, which carries the job.

use std::io;
use std::path::Path;

use super::staged::is_staged_of;
use crate::grants::{Grants, Location};

/// Removes what is staged for this job in the local places that may be written, and gives how much
/// there was. No attempt at the job may run any more: what it stages would go as well.
///
/// # Errors
/// A folder that cannot be read, or a file that cannot be removed; the rest is swept.
pub fn sweep(grants: &Grants, job: &str) -> io::Result<u64> {
    let mut swept = Swept::default();
    for location in &grants.write {
        if let Location::Path(path) = location {
            // What may be written may be one file: what is staged for it lies beside it.
            let is_folder = path.symlink_metadata().is_ok_and(|it| it.is_dir());
            match (is_folder, path.parent()) {
                (true, _) => swept.folder(path, job, true),
                (false, Some(parent)) => swept.folder(parent, job, false),
                (false, None) => {}
            }
        }
    }
    match swept.failed {
        Some(error) => Err(error),
        None => Ok(swept.files),
    }
}

#[derive(Default)]
struct Swept {
    files: u64,
    failed: Option<io::Error>,
}

impl Swept {
    /// Links are not followed: what lies behind them was not granted.
    fn folder(&mut self, folder: &Path, job: &str, deep: bool) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                self.failed.get_or_insert(error);
                return;
            }
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && deep {
                self.folder(&entry.path(), job, true);
            } else if kind.is_file()
                && entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| is_staged_of(name, job))
            {
                match std::fs::remove_file(entry.path()) {
                    Ok(()) => self.files += 1,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => {
                        self.failed.get_or_insert(error);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Grants, Location, sweep};

    #[test]
    fn only_what_the_job_staged_goes() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        fs::create_dir_all(out.join("deep")).unwrap();
        let staged = ".bubbles-job-1-00000000000000aa.staged";
        let others = [
            "part.jsonl",
            ".bubbles-job-10-00000000000000aa.staged",
            ".bubbles-job-2-00000000000000aa.staged",
        ];
        for name in others.iter().chain([&staged]) {
            fs::write(out.join(name), "x").unwrap();
            fs::write(out.join("deep").join(name), "x").unwrap();
        }
        let grants = Grants {
            write: vec![Location::Path(out.clone())],
            ..Grants::default()
        };
        assert_eq!(sweep(&grants, "job-1").unwrap(), 2);
        for name in others {
            assert!(out.join(name).exists() && out.join("deep").join(name).exists());
        }
        assert_eq!(sweep(&grants, "job-1").unwrap(), 0);
    }
}
