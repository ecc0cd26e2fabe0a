//! Snapshots are stored a piece at a time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Current;
use super::write::Write;
use super::writer::Writes;
use crate::replica::config::PIECE_BYTES;
use crate::replica::raft::SnapshotMeta;

/// Stores snapshots, a piece at a time, so that appends go between.
#[derive(Clone)]
pub(crate) struct Snapshots {
    pub(super) writes: Writes,
    pub(super) next: Arc<AtomicU64>,
}

impl Snapshots {
    /// Stores a snapshot and makes it the current one. Until then the one before is.
    pub(crate) async fn store(&self, meta: &SnapshotMeta, bytes: &[u8]) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut pieces = 0;
        for value in bytes.chunks(PIECE_BYTES) {
            let (piece, value) = (pieces, value.to_vec());
            self.writes
                .finish(|done| Write::Piece {
                    number,
                    piece,
                    value,
                    done,
                })
                .await?;
            pieces += 1;
        }
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let current = Box::new(Current {
            number,
            pieces,
            bytes,
            meta: meta.clone(),
        });
        self.writes
            .finish(|done| Write::Publish { current, done })
            .await
    }
}
