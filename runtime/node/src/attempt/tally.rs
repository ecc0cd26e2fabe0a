//! What the tasks of an attempt did so far, readable while it runs.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bubbles_cluster::Counts;

/// Counters of one task.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows_in: AtomicU64,
    pub(crate) rows_out: AtomicU64,
    pub(crate) rejected: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) cpu_nanos: AtomicU64,
}

impl Tally {
    /// A chunk reached the task.
    pub(crate) fn received(&self, rows: u64, bytes: usize) {
        self.rows_in.fetch_add(rows, Relaxed);
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    /// A chunk left the task.
    pub(crate) fn emitted(&self, rows: u64, bytes: usize) {
        self.rows_out.fetch_add(rows, Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Relaxed);
    }

    /// Reads all counters.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            rows_in: self.rows_in.load(Relaxed),
            rows_out: self.rows_out.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            cpu_nanos: self.cpu_nanos.load(Relaxed),
        }
    }
}
