//! How much memory a guest may have.

use wasmtime::{Error, ResourceLimiter, Result};

use crate::limits::Limit;

/// Counts the linear memories of one instance together, and traps where they get too large: a
/// guest that is told "no" usually crashes somewhere else, with a worse message.
pub(crate) struct Memory {
    limit: u64,
    used: u64,
    /// Growth that was allowed last, taken back if the pool then refuses it.
    last: u64,
}

impl Memory {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            used: 0,
            last: 0,
        }
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        let growth = wanted.saturating_sub(now) as u64;
        if self.used.saturating_add(growth) > self.limit {
            return Err(Limit::Memory { bytes: self.limit }.into());
        }
        self.used += growth;
        self.last = growth;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        self.used -= self.last;
        self.last = 0;
        Ok(())
    }

    /// The pool bounds tables: see `TABLE_ELEMENTS` in the engine's settings.
    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}
