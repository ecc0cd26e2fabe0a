//! A block: the unit that is kept, in memory or on disk.

use std::cell::RefCell;

use bytes::{Buf, Bytes};
use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size,
};

use super::StoreError;
use super::disk::{Disk, Extent};
use super::memory::Room;

/// What a compressor's buffer keeps between blocks: enough for chunks of the
/// usual size, so that one large chunk does not stay in memory for ever.
const SCRATCH_BYTES: usize = 2 << 20;

/// How a block's bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// They are one chunk.
    Single,
    /// They are small chunks, each behind its length (u32, little-endian).
    Packed,
}

/// One large chunk, or many small ones.
#[derive(Debug)]
pub(crate) struct Block {
    layout: Layout,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Bytes),
    Disk(Stored),
}

#[derive(Debug)]
struct Stored {
    extent: Extent,
    raw_len: usize,
    compressed: bool,
}

/// Bytes together with the room they take, so that the room comes back with
/// the last handle to the bytes.
struct Resident {
    bytes: Vec<u8>,
    _room: Room,
}

impl AsRef<[u8]> for Resident {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Block {
    pub(super) fn in_memory(mut bytes: Vec<u8>, room: Room, layout: Layout) -> Self {
        bytes.shrink_to_fit();
        let bytes = Bytes::from_owner(Resident { bytes, _room: room });
        Self {
            layout,
            place: Place::Memory(bytes),
        }
    }

    /// Writes it, compressed where that saves more than a tenth.
    pub(super) fn on_disk(bytes: &[u8], disk: &Disk, layout: Layout) -> Result<Self, StoreError> {
        let write = |stored: &[u8], compressed| {
            let extent = disk.write(stored)?;
            Ok(Place::Disk(Stored {
                extent,
                raw_len: bytes.len(),
                compressed,
            }))
        };
        let place = compressed(bytes, |packed| match packed {
            Some(packed) if saves(packed.len(), bytes.len()) => write(packed, true),
            _ => write(bytes, false),
        })?;
        Ok(Self { layout, place })
    }

    /// Its bytes for another node: as they lie on disk, or, where `compress` says so, compressed
    /// if that saves more than a tenth; and how many they make.
    pub(crate) fn shipped(&self, compress: bool) -> Result<Shipped, StoreError> {
        let shipped = |bytes: Bytes, compressed, raw_len| Shipped {
            layout: self.layout,
            bytes,
            compressed,
            raw_len,
        };
        match &self.place {
            Place::Disk(stored) => {
                let bytes = stored.read_stored()?;
                Ok(shipped(bytes.into(), stored.compressed, stored.raw_len))
            }
            Place::Memory(bytes) if compress => Ok(compressed(bytes, |packed| match packed {
                Some(packed) if saves(packed.len(), bytes.len()) => {
                    shipped(Bytes::copy_from_slice(packed), true, bytes.len())
                }
                _ => shipped(bytes.clone(), false, bytes.len()),
            })),
            Place::Memory(bytes) => Ok(shipped(bytes.clone(), false, bytes.len())),
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// The bytes: shared where they are in memory, else read and verified.
    pub(super) fn bytes(&self) -> Result<Bytes, StoreError> {
        match &self.place {
            Place::Memory(bytes) => Ok(bytes.clone()),
            Place::Disk(stored) => stored.read(),
        }
    }
}

/// A block on its way to another node.
pub(crate) struct Shipped {
    pub(crate) layout: Layout,
    pub(crate) bytes: Bytes,
    pub(crate) compressed: bool,
    pub(crate) raw_len: usize,
}

fn saves(packed: usize, raw: usize) -> bool {
    packed < raw - raw / 10
}

/// What [`Block::shipped`] compressed; none if it does not make so many bytes.
pub(crate) fn decompressed(stored: &[u8], raw_len: usize) -> Option<Vec<u8>> {
    // No byte of a block stands for more: what claims otherwise is not worth the memory.
    if raw_len > stored.len().saturating_mul(255) {
        return None;
    }
    let mut raw = vec![0; raw_len];
    let made = decompress_into(stored, &mut raw).ok()?;
    (made == raw_len).then_some(raw)
}

impl Stored {
    /// The bytes as they are on disk, verified.
    fn read_stored(&self) -> Result<Vec<u8>, StoreError> {
        let mut stored = vec![0; self.extent.len()];
        self.extent.read(&mut stored)?;
        Ok(stored)
    }

    fn read(&self) -> Result<Bytes, StoreError> {
        let stored = self.read_stored()?;
        if !self.compressed {
            return Ok(stored.into());
        }
        let raw = decompressed(&stored, self.raw_len);
        raw.map(Bytes::from).ok_or_else(|| self.extent.corrupt())
    }
}

/// Splits a packed block into its chunks, the first one first. None when there
/// are no more, or when what is left is not a whole chunk.
pub(crate) fn unpack(packed: &mut Bytes) -> Option<Bytes> {
    let len = packed.try_get_u32_le().ok()? as usize;
    (len <= packed.len()).then(|| packed.split_to(len))
}

/// Adds a chunk to a packed block.
pub(super) fn pack(chunk: &[u8], packed: &mut Vec<u8>) {
    let len = u32::try_from(chunk.len()).expect("only small chunks are packed");
    packed.extend_from_slice(&len.to_le_bytes());
    packed.extend_from_slice(chunk);
}

struct Compressor {
    table: CompressTable,
    scratch: Vec<u8>,
}

thread_local! {
    static COMPRESSOR: RefCell<Compressor> =
        RefCell::new(Compressor { table: CompressTable::large(), scratch: Vec::new() });
}

/// Hands `bytes`, compressed, to `use_it`; none if they cannot be compressed.
fn compressed<T>(bytes: &[u8], use_it: impl FnOnce(Option<&[u8]>) -> T) -> T {
    COMPRESSOR.with_borrow_mut(|Compressor { table, scratch }| {
        let most = get_maximum_output_size(bytes.len());
        if scratch.len() < most {
            scratch.resize(most, 0);
        }
        let packed = compress_into_with_table(bytes, scratch, table);
        let result = use_it(packed.ok().map(|len| &scratch[..len]));
        if scratch.len() > SCRATCH_BYTES {
            scratch.truncate(SCRATCH_BYTES);
            scratch.shrink_to_fit();
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::{Block, Disk, Layout, Place, StoreError};

    #[test]
    fn damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path().to_path_buf(), None).unwrap();
        for bytes in [vec![7; 100_000], (0..=255).collect()] {
            let block = Block::on_disk(&bytes, &disk, Layout::Single).unwrap();
            assert_eq!(block.bytes().unwrap(), bytes);
            let Place::Disk(stored) = &block.place else {
                panic!("written to disk")
            };
            stored.extent.overwrite(&[99; 3]);
            assert!(matches!(block.bytes(), Err(StoreError::Corrupt { .. })));
        }
    }
}
