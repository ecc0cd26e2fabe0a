//! The chunk store: output that waits for its readers, in memory up to a
//! budget, then on disk.
//!
//! A [`Writer`] takes the chunks of one attempt for one partition of one
//! exchange; [`Writer::finish`] makes them a [`Sealed`] list that any number of
//! readers go through, each at its own pace. Memory and disk come back when the
//! last handle to a list is dropped, or a writer is dropped unfinished. Files on
//! disk have no name, so that nothing is left behind however the process ends.
//!
//! Non-goals: who reads what, and when a list is no longer needed.

mod block;
mod disk;
mod memory;
mod writer;

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

pub(crate) use block::{Layout, Shipped, decompressed, unpack};
pub(crate) use disk::{Disk, Extent};
pub(crate) use writer::{Sealed, Writer};

use block::Block;

use crate::metrics;
use memory::Memory;

/// What a store may use.
#[derive(Clone, Debug)]
pub(crate) struct StoreConfig {
    /// Bytes of chunks kept in memory.
    pub(crate) memory_bytes: u64,
    /// Folder for what does not fit into memory. Made if it is not there.
    pub(crate) disk: PathBuf,
    /// Bytes written to that folder at most; none: until the disk is full.
    pub(crate) disk_bytes: Option<u64>,
}

/// What a store uses now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoreUsage {
    /// Bytes of chunks in memory.
    pub(crate) memory_bytes: u64,
    /// Bytes of chunks on disk, as stored.
    pub(crate) disk_bytes: u64,
}

/// Why a chunk could not be kept or given back.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The disk is full.
    #[error("no space left on the disk of {}: free some, or use a folder on a larger disk", folder.display())]
    NoSpace {
        /// Where the store writes.
        folder: PathBuf,
    },
    /// The store's own limit is reached.
    #[error("the {limit_bytes} bytes of disk that may be used are full")]
    OverLimit {
        /// The limit.
        limit_bytes: u64,
    },
    /// What was read is not what was written.
    #[error("what was read back from {} is not what was written: the disk may be failing", folder.display())]
    Corrupt {
        /// Where the store reads.
        folder: PathBuf,
    },
    /// The disk failed in another way.
    #[error("cannot {action} {}: {source}", folder.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Keeps chunks until they have been read. Clones are handles to one store.
#[derive(Clone, Debug)]
pub(crate) struct ChunkStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    memory: Memory,
    disk: Disk,
}

impl ChunkStore {
    /// A store whose folder has been tried: an unwritable one is an error now,
    /// not in the middle of a job.
    pub(crate) fn new(config: StoreConfig) -> Result<Self, StoreError> {
        let disk = Disk::new(config.disk, config.disk_bytes)?;
        let memory = Memory::new(config.memory_bytes);
        Ok(Self {
            inner: Arc::new(Inner { memory, disk }),
        })
    }

    /// A writer for the chunks of one attempt and partition.
    pub(crate) fn writer(&self) -> Writer {
        Writer::new(self.clone())
    }

    /// What the store uses now.
    pub(crate) fn usage(&self) -> StoreUsage {
        StoreUsage {
            memory_bytes: self.inner.memory.used_bytes(),
            disk_bytes: self.inner.disk.used_bytes(),
        }
    }

    fn keep(&self, bytes: Cow<'_, [u8]>, layout: Layout) -> Result<Block, StoreError> {
        metrics::chunk_stored(bytes.len() as u64);
        match self.inner.memory.reserve(bytes.len()) {
            Some(room) => Ok(Block::in_memory(bytes.into_owned(), room, layout)),
            None => Block::on_disk(&bytes, &self.inner.disk, layout),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use bytes::Bytes;
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

    use super::{ChunkStore, Sealed, StoreConfig, StoreError, StoreUsage};

    const IDLE: StoreUsage = StoreUsage {
        memory_bytes: 0,
        disk_bytes: 0,
    };

    fn store(memory_bytes: u64, disk_bytes: Option<u64>) -> (tempfile::TempDir, ChunkStore) {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("chunks");
        let store = ChunkStore::new(StoreConfig {
            memory_bytes,
            disk,
            disk_bytes,
        })
        .unwrap();
        (folder, store)
    }

    fn sealed(store: &ChunkStore, chunks: &[Vec<u8>]) -> Sealed {
        let mut writer = store.writer();
        for chunk in chunks {
            writer.append(chunk).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(sealed: &Sealed) -> Vec<Vec<u8>> {
        sealed
            .reader()
            .map(|chunk| chunk.unwrap().to_vec())
            .collect()
    }

    fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut state = seed | 1;
        let step = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        std::iter::repeat_with(step).take(len).collect()
    }

    fn chunks() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let small = prop::collection::vec(any::<u8>(), 0..200);
        let even = (any::<u8>(), 0usize..100_000).prop_map(|(byte, len)| vec![byte; len]);
        let noisy = (any::<u64>(), 0usize..100_000).prop_map(|(seed, len)| noise(len, seed));
        prop::collection::vec(
            prop::strategy::Union::new([small.boxed(), even.boxed(), noisy.boxed()]),
            0..40,
        )
    }

    proptest! {
        #[test]
        fn gives_back_what_was_written(chunks in chunks(), memory in 0u64..300_000) {
            let (_folder, store) = store(memory, None);
            let sealed = sealed(&store, &chunks);
            prop_assert_eq!(&read(&sealed), &chunks);
            prop_assert_eq!(&read(&sealed), &chunks);
            drop(sealed);
            prop_assert_eq!(store.usage(), IDLE);
        }
    }

    #[test]
    fn memory_is_bounded_and_disk_takes_the_rest() {
        let (folder, store) = store(3 << 20, None);
        let chunks: Vec<_> = (1..=8).map(|seed| noise(1 << 20, seed)).collect();
        let sealed = sealed(&store, &chunks);
        let usage = store.usage();
        assert!(
            usage.memory_bytes <= 3 << 20 && usage.memory_bytes >= 2 << 20,
            "{usage:?}"
        );
        assert!(usage.disk_bytes >= 5 << 20, "{usage:?}");
        assert_eq!(read(&sealed), chunks);
        assert_eq!(
            std::fs::read_dir(folder.path().join("chunks"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn compresses_what_shrinks() {
        let (_folder, store) = store(0, None);
        let text: Vec<u8> = b"{\"carrier\":\"UA\",\"arr_delay\":61}\n".repeat(30_000);
        let sealed = sealed(&store, std::slice::from_ref(&text));
        assert!(store.usage().disk_bytes < text.len() as u64 / 4);
        assert_eq!(read(&sealed), [text]);
    }

    #[test]
    fn tiny_chunks_share_blocks() {
        let (_folder, store) = store(u64::MAX, None);
        let chunks = vec![b"x\n".to_vec(); 200_000];
        let sealed = sealed(&store, &chunks);
        assert!(
            store.usage().memory_bytes < 2_000_000,
            "{:?}",
            store.usage()
        );
        assert_eq!(read(&sealed), chunks);
    }

    #[test]
    fn an_unfinished_writer_leaves_nothing() {
        let (_folder, store) = store(1 << 20, None);
        let mut writer = store.writer();
        for seed in 1..6 {
            writer.append(&noise(1 << 20, seed)).unwrap();
        }
        assert_ne!(store.usage(), IDLE);
        drop(writer);
        assert_eq!(store.usage(), IDLE);
    }

    #[test]
    fn a_chunk_outlives_its_list() {
        let (_folder, store) = store(u64::MAX, None);
        let sealed = sealed(&store, &[vec![7; 100_000]]);
        let chunk: Bytes = sealed.reader().next().unwrap().unwrap();
        drop(sealed);
        assert_eq!(chunk, vec![7; 100_000]);
        assert_ne!(store.usage(), IDLE);
        drop(chunk);
        assert_eq!(store.usage(), IDLE);
    }

    #[test]
    fn the_limit_on_disk_holds() {
        let (_folder, store) = store(0, Some(1 << 20));
        let mut writer = store.writer();
        writer.append(&noise(700_000, 1)).unwrap();
        let error = writer.append(&noise(700_000, 2)).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::OverLimit {
                    limit_bytes: 1_048_576
                }
            ),
            "{error}"
        );
        drop(writer);
        assert_eq!(store.usage(), IDLE);
        store.writer().append(&noise(700_000, 2)).unwrap();
    }

    #[test]
    fn an_unwritable_folder_is_named_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let config = StoreConfig {
            memory_bytes: 0,
            disk: file.join("chunks"),
            disk_bytes: None,
        };
        let error = ChunkStore::new(config).unwrap_err();
        assert!(error.to_string().contains("file/chunks"), "{error}");
    }

    #[test]
    fn many_writers_and_readers_at_once() {
        let (_folder, store) = store(2 << 20, None);
        let shared = sealed(
            &store,
            &(1..20).map(|seed| noise(150_000, seed)).collect::<Vec<_>>(),
        );
        let expected = read(&shared);
        thread::scope(|scope| {
            for thread in 0..8u64 {
                let (store, shared, expected) = (&store, shared.clone(), &expected);
                scope.spawn(move || {
                    for round in 0..10u64 {
                        let chunks: Vec<_> = (1..30)
                            .map(|n| {
                                noise(
                                    (n as usize * 7_919) % 90_000,
                                    thread * 1_000 + round * 50 + n,
                                )
                            })
                            .collect();
                        let own = sealed(store, &chunks);
                        assert_eq!(read(&own), chunks);
                        assert_eq!(&read(&shared), expected);
                    }
                });
            }
        });
        drop(shared);
        assert_eq!(store.usage(), IDLE);
    }
}
