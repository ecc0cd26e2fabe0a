//! The imports of a plugin that runs in a sandbox.

use crate::bindings::imports::bubbles::etl::{log as lines, objects, output, rejects};
use crate::log::Level;
use crate::objects::{Object, ObjectError};

pub(crate) fn emit(chunk: &[u8]) {
    output::emit(chunk);
}

pub(crate) fn reject(record: &[u8], reason: &str) {
    rejects::reject(record, reason);
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => lines::Level::Debug,
        Level::Info => lines::Level::Info,
        Level::Warn => lines::Level::Warn,
        Level::Error => lines::Level::Error,
    };
    lines::log(level, message);
}

pub(crate) fn find(pattern: &str) -> Result<Vec<Object>, ObjectError> {
    let found = objects::find(pattern).map_err(object_error)?;
    let object = |o: objects::Object| Object {
        url: o.url,
        size: o.size,
        etag: o.etag,
    };
    Ok(found.into_iter().map(object).collect())
}

pub(crate) fn read(url: &str, offset: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    objects::read(url, offset, length).map_err(object_error)
}

pub(crate) fn publish(receipt: &[u8]) -> Result<(), ObjectError> {
    objects::publish(receipt).map_err(object_error)
}

pub(crate) fn discard(receipt: &[u8]) -> Result<(), ObjectError> {
    objects::discard(receipt).map_err(object_error)
}

pub(crate) fn remove(url: &str) -> Result<(), ObjectError> {
    objects::remove(url).map_err(object_error)
}

pub(crate) struct Staged(objects::Staged);

impl Staged {
    pub(crate) fn create(url: &str) -> Result<Self, ObjectError> {
        objects::Staged::create(url).map(Self).map_err(object_error)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        self.0.write(bytes).map_err(object_error)
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, ObjectError> {
        objects::Staged::finish(self.0).map_err(object_error)
    }
}

fn object_error(error: objects::ObjectError) -> ObjectError {
    match error {
        objects::ObjectError::Denied(message) => ObjectError::Denied(message),
        objects::ObjectError::NotFound(message) => ObjectError::NotFound(message),
        objects::ObjectError::Transient(message) => ObjectError::Transient(message),
        objects::ObjectError::Other(message) => ObjectError::Other(message),
    }
}
