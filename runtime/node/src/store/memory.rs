//! The budget of bytes kept in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes of chunks are in memory, and how many may be.
#[derive(Debug)]
pub(super) struct Memory {
    used: Arc<AtomicU64>,
    limit_bytes: u64,
}

/// Room taken from the budget. Dropping it gives the room back.
#[derive(Debug)]
pub(super) struct Room {
    used: Arc<AtomicU64>,
    bytes: u64,
}

impl Memory {
    pub(super) fn new(limit_bytes: u64) -> Self {
        Self {
            used: Arc::default(),
            limit_bytes,
        }
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Room for `bytes`, or none if the budget does not hold them.
    pub(super) fn reserve(&self, bytes: usize) -> Option<Room> {
        let bytes = bytes as u64;
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes)
                    .filter(|total| *total <= self.limit_bytes)
            });
        taken.ok().map(|_| Room {
            used: Arc::clone(&self.used),
            bytes,
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
