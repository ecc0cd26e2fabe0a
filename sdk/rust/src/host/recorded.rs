//! The imports of a plugin in a native test: what it does is written down, a list a thread.

use std::cell::RefCell;

use crate::log::Level;
use crate::objects::{Object, ObjectError};
use crate::testing::store::Store;
use crate::testing::{LogLine, Reject};

/// All that the tasks of one thread have done so far.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) log: Vec<LogLine>,
    pub(crate) store: Store,
}

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

/// Looks at, or changes, what this thread's tasks have done.
pub(crate) fn recorded<R>(look: impl FnOnce(&mut Recorder) -> R) -> R {
    RECORDER.with_borrow_mut(look)
}

pub(crate) fn emit(chunk: &[u8]) {
    recorded(|recorder| recorder.chunks.push(chunk.to_vec()));
}

pub(crate) fn reject(record: &[u8], reason: &str) {
    let reject = Reject {
        record: record.to_vec(),
        reason: reason.to_owned(),
    };
    recorded(|recorder| recorder.rejects.push(reject));
}

pub(crate) fn log(level: Level, message: &str) {
    let line = LogLine {
        level,
        message: message.to_owned(),
    };
    recorded(|recorder| recorder.log.push(line));
}

pub(crate) fn find(pattern: &str) -> Result<Vec<Object>, ObjectError> {
    recorded(|recorder| recorder.store.find(pattern))
}

pub(crate) fn read(url: &str, offset: u64, length: u64) -> Result<Vec<u8>, ObjectError> {
    recorded(|recorder| recorder.store.read(url, offset, length))
}

pub(crate) fn publish(receipt: &[u8]) -> Result<(), ObjectError> {
    recorded(|recorder| recorder.store.publish(receipt))
}

pub(crate) fn discard(receipt: &[u8]) -> Result<(), ObjectError> {
    recorded(|recorder| recorder.store.discard(receipt));
    Ok(())
}

pub(crate) fn remove(url: &str) -> Result<(), ObjectError> {
    recorded(|recorder| recorder.store.remove(url))
}

pub(crate) struct Staged {
    url: String,
    bytes: Vec<u8>,
}

impl Staged {
    #[expect(clippy::unnecessary_wraps, reason = "in a sandbox it may fail")]
    pub(crate) fn create(url: &str) -> Result<Self, ObjectError> {
        Ok(Self {
            url: url.to_owned(),
            bytes: Vec::new(),
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "in a sandbox it may fail")]
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "in a sandbox it may fail")]
    pub(crate) fn finish(self) -> Result<Vec<u8>, ObjectError> {
        Ok(recorded(|recorder| {
            recorder.store.stage(self.url, self.bytes)
        }))
    }
}
