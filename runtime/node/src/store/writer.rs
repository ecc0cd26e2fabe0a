//! A list of chunks while it is written, and once it is sealed.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::block::{Block, Layout, pack, unpack};
use super::{ChunkStore, StoreError};

/// Chunks below this size share a block: a task that emits a few bytes at a
/// time then costs no more memory than one that emits large chunks.
const SMALL_CHUNK_BYTES: usize = 16 << 10;

/// A block of small chunks is full at this size.
const PACKED_BYTES: usize = 64 << 10;

/// Takes chunks, one after the other. Dropped unfinished, it discards them all.
#[derive(Debug)]
pub(crate) struct Writer {
    store: ChunkStore,
    blocks: Vec<Block>,
    packed: Vec<u8>,
}

/// A finished list of chunks. Clones are handles to one list; memory and disk
/// come back when the last one is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    blocks: Arc<[Block]>,
}

/// Gives the chunks of a list in the order they were written. Holds a handle.
#[derive(Debug)]
pub(crate) struct Reader {
    blocks: Arc<[Block]>,
    next: usize,
    packed: Bytes,
}

impl Writer {
    pub(super) fn new(store: ChunkStore) -> Self {
        Self {
            store,
            blocks: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Copies a chunk into the store. After an error the list is not whole: drop it.
    pub(crate) fn append(&mut self, chunk: &[u8]) -> Result<(), StoreError> {
        if chunk.len() < SMALL_CHUNK_BYTES {
            pack(chunk, &mut self.packed);
            if self.packed.len() >= PACKED_BYTES {
                self.keep_packed()?;
            }
        } else {
            self.keep_packed()?;
            self.blocks
                .push(self.store.keep(Cow::Borrowed(chunk), Layout::Single)?);
        }
        Ok(())
    }

    /// Ends the list.
    pub(crate) fn finish(mut self) -> Result<Sealed, StoreError> {
        self.keep_packed()?;
        Ok(Sealed {
            blocks: self.blocks.into(),
        })
    }

    fn keep_packed(&mut self) -> Result<(), StoreError> {
        if !self.packed.is_empty() {
            let packed = std::mem::take(&mut self.packed);
            self.blocks
                .push(self.store.keep(Cow::Owned(packed), Layout::Packed)?);
        }
        Ok(())
    }
}

impl Sealed {
    /// Reads from the first chunk on. Any number of readers at once.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            blocks: Arc::clone(&self.blocks),
            next: 0,
            packed: Bytes::new(),
        }
    }
}

impl Sealed {
    /// Its blocks as they are, for another node.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

impl Reader {
    fn read(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if let Some(chunk) = unpack(&mut self.packed) {
                return Ok(Some(chunk));
            }
            let Some(block) = self.blocks.get(self.next) else {
                return Ok(None);
            };
            self.next += 1;
            let bytes = block.bytes()?;
            match block.layout() {
                Layout::Single => return Ok(Some(bytes)),
                Layout::Packed => self.packed = bytes,
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Bytes, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
