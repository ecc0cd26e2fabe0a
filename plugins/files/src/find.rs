//! Which files a job reads, and that they are still the same when they are read.

use bubbles_sdk::Error;
use bubbles_sdk::objects::{self, ObjectError};
use serde::{Deserialize, Serialize};

use crate::{Paths, object_failure};

/// A file as it was when the job was planned. Part of a split's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path or URL, as `objects` takes it.
    pub url: String,
    /// Its size in bytes.
    pub size: u64,
    /// The version, where the store has one.
    pub etag: Option<String>,
}

/// All files that `paths` name, sorted, each once. A path or pattern that names none is an error.
pub fn find(paths: &Paths) -> Result<Vec<SourceFile>, Error> {
    let mut files = Vec::new();
    for path in paths.iter() {
        let found = matching(path)?;
        if found.is_empty() {
            return Err(nothing_at(path));
        }
        files.extend(found);
    }
    files.sort_by(|a: &SourceFile, b| a.url.cmp(&b.url));
    files.dedup_by(|a, b| a.url == b.url);
    Ok(files)
}

impl SourceFile {
    /// An error unless the file is the one that was planned: a split must give the same rows again.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let now = matching(&self.url)?
            .into_iter()
            .find(|file| file.url == self.url);
        match now {
            Some(now) if now == *self => Ok(()),
            Some(_) => Err(self.changed()),
            None => Err(Error::Fatal(format!(
                "{:?} was removed while the job ran",
                self.url
            ))),
        }
    }

    /// Exactly `length` bytes from `offset`.
    pub fn read_exact(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = self.read_some(offset, length)?;
        while (bytes.len() as u64) < length {
            let more = self.read_some(offset + bytes.len() as u64, length - bytes.len() as u64)?;
            if more.is_empty() {
                return Err(self.changed());
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    /// At most `length` bytes from `offset`, as many as one call gives; none at the end.
    pub(crate) fn read_some(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        objects::read(&self.url, offset, length)
            .map_err(|error| object_failure("read", &self.url, error))
    }

    /// The error for a file that is not the one that was planned.
    pub(crate) fn changed(&self) -> Error {
        Error::Fatal(format!("{:?} changed while the job ran", self.url))
    }
}

fn matching(path: &str) -> Result<Vec<SourceFile>, Error> {
    match objects::find(path) {
        Ok(found) => Ok(found
            .into_iter()
            .map(|object| SourceFile {
                url: object.url,
                size: object.size,
                etag: object.etag,
            })
            .collect()),
        Err(ObjectError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(object_failure("find", path, error)),
    }
}

fn nothing_at(path: &str) -> Error {
    Error::Fatal(if path.contains(['*', '?']) {
        format!("no file matches {path:?}")
    } else if path.ends_with('/') {
        format!("{path:?} is a folder: name its files, as in \"{path}*\"")
    } else {
        format!("no such file {path:?}")
    })
}
