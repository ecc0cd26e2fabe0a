//! Reading local files: big pieces, in order, ahead of need.

use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cap_std::fs::{OpenOptions, OpenOptionsExt as _};
use rustix::buffer::spare_capacity;
use rustix::fs::{Advice, OFlags, fadvise};
use rustix::io::Errno;

use super::error::failed;
use super::folder::{Entrance, enter};
use crate::contract::ObjectError;

/// Files kept open for the next read: a task reads one, or merges a few.
const OPEN_FILES: usize = 8;

/// How far the system is asked to read ahead of a task that reads in order.
const READ_AHEAD_BYTES: u64 = 8 << 20;

/// The files that a guest reads.
#[derive(Default)]
pub(super) struct LocalFiles {
    /// Used last comes last.
    open: Vec<(String, LocalFile)>,
    spare: Spare,
}

pub(super) struct LocalFile {
    file: std::fs::File,
    /// Where the next read begins if the task reads in order.
    next: u64,
    /// How far the system was asked to read.
    asked: u64,
    spare: Spare,
}

/// A buffer between two reads: allocating megabytes each time goes to the system and back.
type Spare = Arc<Mutex<Vec<u8>>>;

impl LocalFiles {
    /// Reads a file that is open already.
    pub(super) fn read_open(
        &mut self,
        url: &str,
        offset: u64,
        length: u64,
    ) -> Option<Result<Bytes, ObjectError>> {
        let index = self.open.iter().position(|(open, _)| open == url)?;
        let last = self.open.len() - 1;
        self.open[index..].rotate_left(1);
        Some(self.open[last].1.read(url, offset, length))
    }

    /// Opens a file that `root` gives.
    pub(super) fn open(
        &mut self,
        root: &Path,
        path: &Path,
        url: &str,
    ) -> Result<&mut LocalFile, ObjectError> {
        let file = open(root, path).map_err(|error| failed("read", url, &error))?;
        if self.open.len() == OPEN_FILES {
            self.open.remove(0);
        }
        let spare = Arc::clone(&self.spare);
        self.open.push((
            url.to_owned(),
            LocalFile {
                file,
                next: 0,
                asked: 0,
                spare,
            },
        ));
        Ok(&mut self.open.last_mut().expect("just pushed").1)
    }
}

fn open(root: &Path, path: &Path) -> io::Result<std::fs::File> {
    let real;
    let (root, path) = if root == path {
        // The grant names the file: where that is a link, what it leads to is granted.
        real = std::fs::canonicalize(path)?;
        (real.as_path(), real.as_path())
    } else {
        (root, path)
    };
    let Entrance { folder, below } = enter(root, path)?;
    let mut options = OpenOptions::new();
    // Opening a pipe would wait for somebody to write into it.
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).expect("the flag fits");
    let file = folder
        .open_with(below, options.read(true).custom_flags(nonblock))?
        .into_std();
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    Ok(file)
}

impl LocalFile {
    /// At most `length` bytes from `offset`, fewer only at the end.
    pub(super) fn read(
        &mut self,
        url: &str,
        offset: u64,
        length: u64,
    ) -> Result<Bytes, ObjectError> {
        let length = usize::try_from(length).expect("reads are bounded");
        let mut buffer = Buffer::take(&self.spare);
        buffer.bytes.reserve_exact(length);
        while buffer.bytes.len() < length {
            let at = offset.saturating_add(buffer.bytes.len() as u64);
            // Room may be more than was asked for.
            let missing = length - buffer.bytes.len();
            match self.fill(&mut buffer.bytes, missing, at) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(failed("read", url, &error.into())),
            }
        }
        buffer.bytes.truncate(length);
        self.read_ahead(offset, buffer.bytes.len() as u64);
        Ok(Bytes::from_owner(buffer))
    }

    fn fill(&self, bytes: &mut Vec<u8>, missing: usize, at: u64) -> rustix::io::Result<usize> {
        if bytes.capacity() - bytes.len() <= missing {
            return rustix::io::pread(&self.file, spare_capacity(bytes), at);
        }
        // The spare buffer is larger than this read: read no more than was asked for.
        let begun = bytes.len();
        bytes.resize(begun + missing, 0);
        let read = rustix::io::pread(&self.file, &mut bytes[begun..], at);
        bytes.truncate(begun + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Asks the system for what comes next. It is advice: where it is not taken, reading is slower.
    fn read_ahead(&mut self, offset: u64, length: u64) {
        let in_order = offset == self.next;
        self.next = offset + length;
        if !in_order || length == 0 {
            self.asked = self.next;
            return;
        }
        let until = self.next + READ_AHEAD_BYTES;
        // Not for every small read: once half of what was asked for is used up.
        if until - self.asked.max(self.next) >= READ_AHEAD_BYTES / 2 {
            let from = self.asked.max(self.next);
            let ahead = std::num::NonZeroU64::new(until - from);
            if let Err(error) = fadvise(self.file.as_fd(), from, ahead, Advice::WillNeed) {
                tracing::debug!(%error, "the system does not read ahead");
            }
            self.asked = until;
        }
    }
}

/// A buffer on loan; it comes back when the guest has its copy.
struct Buffer {
    bytes: Vec<u8>,
    home: Spare,
}

impl Buffer {
    fn take(home: &Spare) -> Self {
        let mut bytes = home
            .lock()
            .map(|mut spare| std::mem::take(&mut *spare))
            .unwrap_or_default();
        bytes.clear();
        Self {
            bytes,
            home: Arc::clone(home),
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Ok(mut spare) = self.home.lock() {
            *spare = std::mem::take(&mut self.bytes);
        }
    }
}
