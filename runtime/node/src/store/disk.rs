//! Space on disk, in a few large files without names.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use xxhash_rust::xxh3::xxh3_64;

use super::StoreError;

/// A file is full at this size. Large, so that a hundred gigabytes take some
/// four hundred file descriptors, of the thousand that a process usually has.
const SEGMENT_BYTES: u64 = 256 << 20;

/// The folder that is written to, by all writers at once.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: Arc<Path>,
    limit_bytes: Option<u64>,
    used: Arc<AtomicU64>,
    /// The file being filled. Weak, so that it goes when its last extent does.
    current: Mutex<Weak<Segment>>,
}

/// A file without a name, filled from its start to its end by all writers.
#[derive(Debug)]
struct Segment {
    file: File,
    next: AtomicU64,
}

/// Bytes of one block in a segment. Dropping it gives the space back.
#[derive(Debug)]
pub(crate) struct Extent {
    segment: Arc<Segment>,
    folder: Arc<Path>,
    used: Arc<AtomicU64>,
    offset: u64,
    len: usize,
    /// xxh3 of the bytes.
    checksum: u64,
}

impl Disk {
    /// A folder, made if need be, and tried: an unwritable one is an error now.
    pub(crate) fn new(folder: PathBuf, limit_bytes: Option<u64>) -> Result<Self, StoreError> {
        let folder: Arc<Path> = folder.into();
        std::fs::create_dir_all(&folder)
            .map_err(|source| failure("make the folder", &folder, source))?;
        let tried = Segment::create(&folder)?;
        drop(tried);
        Ok(Self {
            folder,
            limit_bytes,
            used: Arc::default(),
            current: Mutex::default(),
        })
    }

    /// Bytes that have been written and not given back.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Writes the bytes of one block.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<Extent, StoreError> {
        let mut extent = self.allocate(bytes.len())?;
        extent.checksum = xxh3_64(bytes);
        extent
            .segment
            .file
            .write_all_at(bytes, extent.offset)
            .map_err(|source| failure("write to", &self.folder, source))?;
        Ok(extent)
    }

    fn allocate(&self, len: usize) -> Result<Extent, StoreError> {
        let bytes = len as u64;
        let limit_bytes = self.limit_bytes.unwrap_or(u64::MAX);
        // The lock covers a few instructions, and now and then the making of a file.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if self.used_bytes().saturating_add(bytes) > limit_bytes {
            return Err(StoreError::OverLimit { limit_bytes });
        }
        let open = current.upgrade().filter(|segment| segment.has_room(bytes));
        let segment = match open {
            Some(segment) => segment,
            None => {
                let segment = Arc::new(Segment::create(&self.folder)?);
                *current = Arc::downgrade(&segment);
                segment
            }
        };
        self.used.fetch_add(bytes, Ordering::Relaxed);
        let offset = segment.next.fetch_add(bytes, Ordering::Relaxed);
        let (folder, used) = (Arc::clone(&self.folder), Arc::clone(&self.used));
        Ok(Extent {
            segment,
            folder,
            used,
            offset,
            len,
            checksum: 0,
        })
    }
}

impl Segment {
    fn create(folder: &Path) -> Result<Self, StoreError> {
        let file = tempfile::tempfile_in(folder)
            .map_err(|source| failure("make a file in", folder, source))?;
        Ok(Self {
            file,
            next: AtomicU64::new(0),
        })
    }

    /// Whether it takes `bytes` more. An empty one takes a block of any size.
    fn has_room(&self, bytes: u64) -> bool {
        let filled = self.next.load(Ordering::Relaxed);
        filled == 0 || filled + bytes <= SEGMENT_BYTES
    }
}

impl Extent {
    /// How many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Reads them back into `bytes`, which is as long as they are, and verifies them.
    pub(crate) fn read(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        match self.segment.file.read_exact_at(bytes, self.offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.corrupt()),
            Err(source) => Err(failure("read from", &self.folder, source)),
            Ok(()) if xxh3_64(bytes) == self.checksum => Ok(()),
            Ok(()) => Err(self.corrupt()),
        }
    }

    /// The error of a reader who knows what should have been there.
    pub(crate) fn corrupt(&self) -> StoreError {
        StoreError::Corrupt {
            folder: self.folder.to_path_buf(),
        }
    }

    #[cfg(test)]
    pub(crate) fn overwrite(&self, bytes: &[u8]) {
        self.segment.file.write_all_at(bytes, self.offset).unwrap();
    }
}

impl Drop for Extent {
    fn drop(&mut self) {
        if self.len > 0 && Arc::strong_count(&self.segment) > 1 {
            release(&self.segment.file, self.offset, self.len as u64);
        }
        self.used.fetch_sub(self.len as u64, Ordering::Relaxed);
    }
}

/// Gives the space of a range back before its file goes. Where the file system
/// cannot, the space comes back with the file.
#[cfg(target_os = "linux")]
fn release(file: &File, offset: u64, len: u64) {
    use rustix::fs::{FallocateFlags, fallocate};
    let mode = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    if let Err(error) = fallocate(file, mode, offset, len) {
        tracing::trace!(%error, "space of a chunk comes back with its file");
    }
}

#[cfg(not(target_os = "linux"))]
fn release(_file: &File, _offset: u64, _len: u64) {}

fn failure(action: &'static str, folder: &Path, source: io::Error) -> StoreError {
    let folder = folder.to_path_buf();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::NoSpace { folder },
        _ => StoreError::Io {
            action,
            folder,
            source,
        },
    }
}
