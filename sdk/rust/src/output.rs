//! Hands finished chunks to the next task.

use crate::host;

/// A good size of a chunk, in bytes: big enough that crossing the sandbox costs nothing, small
/// enough to stay in the processor's cache.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Hands a chunk on; waits while the next task is busy.
pub fn emit(chunk: &[u8]) {
    host::emit(chunk);
}

/// The same for text.
pub fn emit_text(chunk: &str) {
    host::emit(chunk.as_bytes());
}
