//! Files and cloud objects by URL, as far as the task's grants go.
//!
//! A relative path starts at the folder of the pipeline file. Credentials stay outside.

use std::fmt;

use crate::{Error, host};

/// The most that one [`read`] gives, in bytes.
pub const READ_BYTES: u64 = 8 << 20;

/// An object that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Where it is; hand it to [`read`] as it is.
    pub url: String,
    /// Its length in bytes.
    pub size: u64,
    /// Changes whenever its content does, where the store has such a thing.
    pub etag: Option<String>,
}

/// Why an object could not be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectError {
    /// No grant covers it.
    Denied(String),
    /// There is no such object.
    NotFound(String),
    /// It may work later.
    Transient(String),
    /// Anything else.
    Other(String),
}

/// All objects whose URL matches, sorted; `*`, `**` and `?` as in a shell.
///
/// # Errors
/// When no grant covers the pattern or the store fails; no match is an empty list.
pub fn find(pattern: &str) -> Result<Vec<Object>, ObjectError> {
    host::find(pattern)
}

/// At most `length` bytes from `offset`, and at most [`READ_BYTES`]; fewer only where the object
/// ends. Big reads in order are fastest: the runtime reads ahead of them.
///
/// # Errors
/// When the object is gone or not granted, or the store fails.
pub fn read(url: &str, offset: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    host::read(url, offset, length)
}

/// Makes a staged object visible, whole. Doing it again changes nothing.
///
/// # Errors
/// When it has to be tried again.
pub fn publish(receipt: &[u8]) -> Result<(), ObjectError> {
    host::publish(receipt)
}

/// Removes what was staged. Doing it again changes nothing.
///
/// # Errors
/// When it has to be tried again.
pub fn discard(receipt: &[u8]) -> Result<(), ObjectError> {
    host::discard(receipt)
}

/// Removes a visible object. Doing it again changes nothing.
///
/// # Errors
/// When it has to be tried again.
pub fn remove(url: &str) -> Result<(), ObjectError> {
    host::remove(url)
}

/// An object in the making, seen by nobody until its receipt is [published](publish). Dropping
/// it unfinished removes what was written.
pub struct Staged {
    inner: host::Staged,
}

impl Staged {
    /// Starts an object that will appear at `url`.
    ///
    /// # Errors
    /// When no grant covers the URL or the store cannot be written.
    pub fn create(url: &str) -> Result<Self, ObjectError> {
        Ok(Self {
            inner: host::Staged::create(url)?,
        })
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// When the store cannot be written: a full disk, say.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        self.inner.write(bytes)
    }

    /// Makes the bytes durable and gives the receipt that [`publish`] and [`discard`] take; it
    /// outlives this task.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn finish(self) -> Result<Vec<u8>, ObjectError> {
        self.inner.finish()
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}

impl ObjectError {
    /// What is told to people.
    pub fn message(&self) -> &str {
        match self {
            Self::Denied(message)
            | Self::NotFound(message)
            | Self::Transient(message)
            | Self::Other(message) => message,
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for ObjectError {}

/// What may work later is tried again; anything else ends the job.
impl From<ObjectError> for Error {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Transient(message) => Self::Transient(message),
            ObjectError::Denied(message)
            | ObjectError::NotFound(message)
            | ObjectError::Other(message) => Self::Fatal(message),
        }
    }
}
