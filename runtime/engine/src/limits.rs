//! How much an instance may use, and which of it was too much.

use std::time::Duration;

/// What one instance may use. Each stops an attack or a slip that the sandbox alone does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// All linear memories of the instance together. 256 MiB: sixteen chunks of the largest
    /// ordinary kind many times over, and four slots of four tasks fit a small machine.
    pub memory_bytes: u64,
    /// Guest time of one call: what the guest computes and sleeps, not what it waits for its
    /// host. 60 s: an extract reads a whole split in one call, and a compressed file of some
    /// gigabytes is one split.
    pub call: Duration,
    /// One chunk, in or out. 64 MiB: what the contract allows; a neighbour must hold it whole.
    pub chunk_bytes: usize,
    /// Log lines of the instance together, standard output and error included; what comes after
    /// is dropped, with one notice. 256 KiB: more than anyone reads of one attempt.
    pub log_bytes: usize,
    /// Data that one call carries out of the guest: strings, lists, results. 128 MiB: twice the
    /// largest chunk, so that one a little too large is still named as a chunk; a string of 1 GiB
    /// is refused before a byte of it is read.
    pub hostcall_bytes: usize,
    /// Open handles: staged objects, streams, sockets. 1,000: far above what a task needs, far
    /// below what hurts the host.
    pub handles: usize,
    /// Splits that one `plan` may name. 1,000,000: more could not be scheduled.
    pub splits: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            call: Duration::from_secs(60),
            chunk_bytes: 64 << 20,
            log_bytes: 256 << 10,
            hostcall_bytes: 128 << 20,
            handles: 1_000,
            splits: 1_000_000,
        }
    }
}

/// The limit that a guest ran into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// It asked for more memory than it may have.
    #[error("wants more than its {} of memory", Bytes(*bytes))]
    Memory {
        /// What it may have.
        bytes: u64,
    },
    /// A call took too long.
    #[error("`{call}` ran longer than its {limit:?}")]
    Time {
        /// What a call may take.
        limit: Duration,
        /// The function that was called, or `start-up`.
        call: &'static str,
    },
    /// A chunk is too large.
    #[error("passes a chunk of {}; at most {} pass", Bytes(*bytes as u64), Bytes(*limit as u64))]
    Chunk {
        /// The size of the chunk.
        bytes: usize,
        /// What a chunk may have.
        limit: usize,
    },
    /// It handed the host more data in one call than the host will copy.
    #[error("hands the host more than {} in one call", Bytes(*limit as u64))]
    HostCall {
        /// What one call may carry.
        limit: usize,
    },
    /// It holds too many handles.
    #[error("holds more than {limit} handles")]
    Handles {
        /// How many it may hold.
        limit: usize,
    },
    /// It calls itself too deep.
    #[error("uses more than {} of stack", Bytes(*bytes as u64))]
    Stack {
        /// What its stack may have.
        bytes: usize,
    },
}

/// A number of bytes as people write it.
struct Bytes(u64);

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            n if n >= 1 << 30 && n % (1 << 30) == 0 => write!(f, "{} GiB", n >> 30),
            n if n >= 1 << 20 && n % (1 << 20) == 0 => write!(f, "{} MiB", n >> 20),
            n if n >= 1 << 10 && n % (1 << 10) == 0 => write!(f, "{} KiB", n >> 10),
            n => write!(f, "{n} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;

    #[test]
    fn sizes_read_as_people_write_them() {
        let text = |bytes| Limit::Memory { bytes }.to_string();
        assert_eq!(text(256 << 20), "wants more than its 256 MiB of memory");
        assert_eq!(text(1000), "wants more than its 1000 bytes of memory");
    }
}
