//! Objects in the making. A local one is a hidden file beside the one it becomes, so that
//! publishing is a rename, which happens whole or not at all.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;

use cap_std::fs::{Dir, File, Metadata, MetadataExt as _, OpenOptions};

use super::error::failed;
use super::folder::{enter_parent, sync};
use super::receipt::{Identity, LocalReceipt, Receipt, forged};
use super::remote::RemoteStaged;
use crate::contract::ObjectError;

const PREFIX: &str = ".bubbles-";
const SUFFIX: &str = ".staged";

/// Whether a name is one of a staged file: never found, and the only kind that is discarded.
pub(super) fn is_staged_name(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX) && !name.contains('/')
}

/// Whether it is one of this job: the job, then the digits that nobody has, and nothing else.
pub(super) fn is_staged_of(name: &str, job: &str) -> bool {
    let rest = name
        .strip_prefix(PREFIX)
        .and_then(|name| name.strip_suffix(SUFFIX));
    let digits = rest.and_then(|rest| rest.strip_prefix(job)?.strip_prefix('-'));
    digits
        .is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// An object in the making; dropped before it is finished it leaves nothing behind.
pub(crate) enum Staged {
    Local(LocalStaged),
    Remote(RemoteStaged),
}

pub(crate) struct LocalStaged {
    folder: Dir,
    /// Name of the hidden file; taken once it is finished.
    name: Option<String>,
    file: File,
    url: String,
    target: String,
}

impl Staged {
    /// Begins a file at `path`, which `root` gives.
    pub(super) fn create(
        root: &Path,
        path: &Path,
        url: &str,
        job: Option<&str>,
    ) -> Result<Self, ObjectError> {
        let target = path
            .to_str()
            .map(str::to_owned)
            .ok_or_else(|| ObjectError::Other(format!("the path of `{url}` is not UTF-8")))?;
        let wrong = |error: io::Error| failed("write", url, &error);
        let (folder, last) = enter_parent(root, path, true).map_err(wrong)?;
        if folder
            .symlink_metadata(last)
            .is_ok_and(|metadata| metadata.is_dir())
        {
            return Err(wrong(io::ErrorKind::IsADirectory.into()));
        }
        let name = staged_name(job).map_err(wrong)?;
        let mut options = OpenOptions::new();
        let file = folder
            .open_with(&name, options.write(true).create_new(true))
            .map_err(wrong)?;
        Ok(Self::Local(LocalStaged {
            folder,
            name: Some(name),
            file,
            url: url.to_owned(),
            target,
        }))
    }

    /// Appends.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        match self {
            Self::Local(local) => local
                .file
                .write_all(bytes)
                .map_err(|error| failed("write", &local.url, &error)),
            Self::Remote(remote) => remote.write(bytes),
        }
    }

    /// Makes the bytes durable; gives the receipt.
    pub(crate) fn finish(self) -> Result<Vec<u8>, ObjectError> {
        let receipt = match self {
            Self::Local(local) => Receipt::Local(local.finish()?),
            Self::Remote(remote) => Receipt::Remote(remote.finish()?),
        };
        Ok(receipt.write())
    }
}

/// A name nobody has: of the job, so that what a dead node left can be told apart.
fn staged_name(job: Option<&str>) -> io::Result<String> {
    const JOB_LETTERS: usize = 64;
    let mut random = [0; 8];
    let filled = rustix::rand::getrandom(&mut random[..], rustix::rand::GetRandomFlags::empty())?;
    if filled != random.len() {
        return Err(io::Error::other("the system has no random numbers"));
    }
    let job: String = job
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(JOB_LETTERS)
        .collect();
    let dash = if job.is_empty() { "" } else { "-" };
    Ok(format!(
        "{PREFIX}{job}{dash}{:016x}{SUFFIX}",
        u64::from_le_bytes(random)
    ))
}

impl LocalStaged {
    fn finish(mut self) -> Result<LocalReceipt, ObjectError> {
        let made = (|| {
            self.file.sync_all()?;
            // The name must last as well, or the receipt would name nothing.
            sync(&self.folder)?;
            identity(&self.file.metadata()?)
        })();
        let identity = made.map_err(|error| failed("write", &self.url, &error))?;
        let staged = self.name.take().expect("a staged file is finished once");
        Ok(LocalReceipt {
            url: std::mem::take(&mut self.url),
            target: std::mem::take(&mut self.target),
            staged,
            identity,
        })
    }
}

impl Drop for LocalStaged {
    fn drop(&mut self) {
        if let Some(name) = &self.name
            && let Err(error) = self.folder.remove_file(name)
        {
            tracing::warn!(url = self.url, name, %error, "cannot remove an unfinished file");
        }
    }
}

impl LocalReceipt {
    /// Renames the staged file to `path`, which `root` gives and which was checked to be granted.
    pub(super) fn publish(&self, root: &Path, path: &Path) -> Result<(), ObjectError> {
        if !is_staged_name(&self.staged) {
            return Err(forged());
        }
        let wrong = |error: io::Error| failed("publish", &self.url, &error);
        let (folder, name) = enter_parent(root, path, false).map_err(wrong)?;
        let name = OsString::from(name);
        match folder.rename(&self.staged, &folder, &name) {
            Ok(()) => sync(&folder).map_err(wrong),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Published before: then the target is the staged file itself.
                let published = folder
                    .symlink_metadata(&name)
                    .and_then(|now| identity(&now));
                if published.is_ok_and(|identity| identity == self.identity) {
                    Ok(())
                } else {
                    let url = &self.url;
                    Err(ObjectError::NotFound(format!(
                        "what was staged for `{url}` is gone"
                    )))
                }
            }
            Err(error) => Err(wrong(error)),
        }
    }

    /// Removes the staged file. That it is not there is as good.
    pub(super) fn discard(&self, root: &Path, path: &Path) -> Result<(), ObjectError> {
        if !is_staged_name(&self.staged) {
            return Err(forged());
        }
        let removed = enter_parent(root, path, false)
            .and_then(|(folder, _)| folder.remove_file(&self.staged));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("discard", &self.url, &error))
            }
            _ => Ok(()),
        }
    }
}

/// What a rename leaves as it is.
fn identity(metadata: &Metadata) -> io::Result<Identity> {
    Ok(Identity {
        inode: metadata.ino(),
        size: metadata.len(),
        modified_nanos: i128::from(metadata.mtime()) * 1_000_000_000
            + i128::from(metadata.mtime_nsec()),
    })
}
