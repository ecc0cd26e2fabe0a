//! Objects for tests: in memory, or in a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::pattern;
use crate::objects::{Object, ObjectError, READ_BYTES};

/// The objects that the tasks of one thread see.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Where relative URLs lead, if it is a folder; otherwise objects are in memory.
    folder: Option<PathBuf>,
    objects: BTreeMap<String, Vec<u8>>,
    staged: BTreeMap<u64, (String, Vec<u8>)>,
    next_receipt: u64,
}

impl Store {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            ..Self::default()
        }
    }

    pub(crate) fn put(&mut self, url: &str, bytes: Vec<u8>) -> Result<(), ObjectError> {
        let Some(folder) = &self.folder else {
            self.objects.insert(url.to_owned(), bytes);
            return Ok(());
        };
        let path = folder.join(url);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| io_error(url, &error))?;
        }
        fs::write(path, bytes).map_err(|error| io_error(url, &error))
    }

    pub(crate) fn all(&self, url: &str) -> Result<Vec<u8>, ObjectError> {
        match &self.folder {
            Some(folder) => fs::read(folder.join(url)).map_err(|error| io_error(url, &error)),
            None => self
                .objects
                .get(url)
                .cloned()
                .ok_or_else(|| ObjectError::NotFound(format!("no object `{url}`"))),
        }
    }

    pub(crate) fn find(&self, wanted: &str) -> Result<Vec<Object>, ObjectError> {
        let object = |url: String, size: u64| Object {
            url,
            size,
            etag: None,
        };
        let mut found: Vec<Object> = Vec::new();
        if let Some(folder) = &self.folder {
            let mut files = Vec::new();
            walk(folder, "", &mut files).map_err(|error| io_error(wanted, &error))?;
            found.extend(files.into_iter().map(|(url, size)| object(url, size)));
        }
        found.extend(
            self.objects
                .iter()
                .map(|(url, b)| object(url.clone(), b.len() as u64)),
        );
        found.retain(|object| pattern::matches(wanted, &object.url));
        found.sort_by(|a, b| a.url.cmp(&b.url));
        Ok(found)
    }

    pub(crate) fn read(&self, url: &str, at: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
        let bytes = self.all(url)?;
        let start = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(length.min(READ_BYTES)).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(bytes.len());
        Ok(bytes[start..end].to_vec())
    }

    pub(crate) fn stage(&mut self, url: String, bytes: Vec<u8>) -> Vec<u8> {
        self.next_receipt += 1;
        self.staged.insert(self.next_receipt, (url, bytes));
        self.next_receipt.to_le_bytes().to_vec()
    }

    pub(crate) fn publish(&mut self, receipt: &[u8]) -> Result<(), ObjectError> {
        match number(receipt).and_then(|number| self.staged.remove(&number)) {
            Some((url, bytes)) => self.put(&url, bytes),
            // Published before, as a commit that is repeated does; or a receipt of somebody else.
            None if number(receipt).is_some_and(|number| number <= self.next_receipt) => Ok(()),
            None => Err(ObjectError::Other(
                "that is no receipt of a staged object".to_owned(),
            )),
        }
    }

    pub(crate) fn discard(&mut self, receipt: &[u8]) {
        if let Some(number) = number(receipt) {
            self.staged.remove(&number);
        }
    }

    pub(crate) fn remove(&mut self, url: &str) -> Result<(), ObjectError> {
        let Some(folder) = &self.folder else {
            self.objects.remove(url);
            return Ok(());
        };
        match fs::remove_file(folder.join(url)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(url, &error)),
            _ => Ok(()),
        }
    }
}

fn number(receipt: &[u8]) -> Option<u64> {
    receipt.try_into().map(u64::from_le_bytes).ok()
}

/// Adds every file below `folder` with its URL relative to the root, which `prefix` leads to.
fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, u64)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let url = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            walk(&entry.path(), &format!("{url}/"), files)?;
        } else {
            files.push((url, metadata.len()));
        }
    }
    Ok(())
}

fn io_error(url: &str, error: &io::Error) -> ObjectError {
    let message = format!("{url}: {error}");
    match error.kind() {
        io::ErrorKind::NotFound => ObjectError::NotFound(message),
        io::ErrorKind::PermissionDenied => ObjectError::Denied(message),
        _ => ObjectError::Other(message),
    }
}
