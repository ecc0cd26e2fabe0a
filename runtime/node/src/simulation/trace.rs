//! What happened, in its order: a hash of it, and its lines where somebody wants to read them.

use std::collections::BTreeMap;
use std::fmt;

/// What happened.
pub(super) struct Trace {
    hash: blake3::Hasher,
    shown: bool,
    /// How often what happened, by its name.
    counts: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
}

impl Trace {
    pub(super) fn new(shown: bool) -> Self {
        Self {
            hash: blake3::Hasher::new(),
            shown,
            counts: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    /// Something happened.
    pub(super) fn say(&mut self, now_us: u64, what: fmt::Arguments<'_>) {
        let line = format!("{:>10.3} {what}\n", now_us as f64 / 1_000.0);
        self.hash.update(line.as_bytes());
        if self.shown {
            print!("{line}");
        }
    }

    /// It happened once more.
    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// An invariant does not hold.
    pub(super) fn broken(&mut self, what: String) {
        if self.shown {
            println!("BROKEN: {what}");
        }
        self.broken.push(what);
    }

    pub(super) fn end(self) -> End {
        End {
            hash: self.hash.finalize(),
            counts: self.counts,
            broken: self.broken,
        }
    }
}

/// How a simulation ended.
pub(super) struct End {
    /// Of all that happened.
    pub(super) hash: blake3::Hash,
    /// How often what happened.
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// Invariants that did not hold.
    pub(super) broken: Vec<String>,
}
