//! Whether the output of a ledger job is exact: what must be there is worked out from the job's
//! configuration, what is there is read from its folder.
//!
//! Not here: how the job went. An oracle that believed the runtime would find what it says.

mod read;
mod violation;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::Path;

use ledger::mangle::mangle;
use ledger::{Identity, Row, Shape};

use read::Part;
pub use violation::{Kind, Violation};

/// What is promised of a job's output.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// The rows of its source.
    pub shape: Shape,
    /// Whether attempts at one split may meet in the output: all of them give the same then.
    pub steady: bool,
}

/// What the oracle says.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Rows that were found.
    pub rows: usize,
    /// Splits of whose rows some were read by one attempt and some by another. No wrong by itself.
    pub mixed_splits: usize,
    /// Splits and parts that are not of a first attempt. No wrong by itself.
    pub retried: usize,
    /// How often each wrong was found.
    pub counts: BTreeMap<Kind, usize>,
    /// The first of them.
    pub examples: Vec<Violation>,
}

/// Of how many wrongs it is said in full what they are.
const EXAMPLES: usize = 20;

/// All rows that must be in the output.
pub fn expected(shape: &Shape) -> impl Iterator<Item = Row> + use<> {
    shape.all().flat_map(mangle)
}

/// Compares the output in `folder` with what is promised.
///
/// # Errors
/// If the folder cannot be read. That it is not there is no error: then all rows are lost.
pub fn judge(promise: &Promise, folder: &Path) -> io::Result<Verdict> {
    let mut verdict = Verdict::default();
    let parts = read::parts(folder, &mut |violation| verdict.add(violation))?;
    verdict.rows = parts.iter().map(|part| part.rows.len()).sum();
    verdict.compare(promise, &parts);
    verdict.attempts(promise, &parts);
    verdict.places(&parts);
    Ok(verdict)
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.counts.is_empty()
    }

    fn add(&mut self, violation: Violation) {
        *self.counts.entry(violation.kind()).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(violation);
        }
    }

    /// None lost, none twice, none that is not of the ledger, none changed.
    fn compare(&mut self, promise: &Promise, parts: &[Part]) {
        let mut found: HashMap<Identity, Vec<&Row>> = HashMap::new();
        for row in parts.iter().flat_map(|part| &part.rows) {
            found.entry(row.identity()).or_default().push(row);
        }
        for wanted in expected(&promise.shape) {
            let id = wanted.identity();
            let Some(rows) = found.remove(&id) else {
                self.add(Violation::Lost(id));
                continue;
            };
            if rows.len() > 1 {
                let attempts = rows.iter().map(|row| (row.attempt, row.writer)).collect();
                self.add(Violation::Doubled { id, attempts });
            }
            let same = |row: &&Row| row.key == wanted.key && row.payload == wanted.payload;
            if !rows.iter().all(|row| row.is_sound() && same(row)) {
                self.add(Violation::Altered(id));
            }
        }
        let phantoms: BTreeSet<Identity> = found.into_keys().collect();
        for id in phantoms {
            self.add(Violation::Phantom(id));
        }
    }

    /// A part is of one attempt; and where attempts differ, so is what was read of a split.
    fn attempts(&mut self, promise: &Promise, parts: &[Part]) {
        let mut of_splits: BTreeMap<u32, BTreeSet<(u32, u64)>> = BTreeMap::new();
        for part in parts {
            let writers: BTreeSet<u32> = part.rows.iter().map(|row| row.writer).collect();
            self.retried += usize::from(writers.last().is_some_and(|last| *last > 1));
            if writers.len() > 1 {
                let name = part.name.clone();
                self.add(Violation::MixedPart { name, writers });
            }
            for row in &part.rows {
                let attempts = of_splits.entry(row.split).or_default();
                attempts.insert((row.attempt, row.noise));
            }
        }
        for (split, attempts) in of_splits {
            self.retried += usize::from(attempts.last().is_some_and(|(last, _)| *last > 1));
            if attempts.len() < 2 {
                continue;
            }
            self.mixed_splits += 1;
            if !promise.steady {
                self.add(Violation::MixedSplit { split, attempts });
            }
        }
    }

    /// A key is in one part; a split's rows are in order in each.
    fn places(&mut self, parts: &[Part]) {
        let mut parts_of_keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for part in parts {
            let mut last: HashMap<u32, Identity> = HashMap::new();
            for row in &part.rows {
                let names = parts_of_keys.entry(&row.key).or_default();
                names.insert(&part.name);
                let before = last.insert(row.split, row.identity());
                // Twice the same is not out of order but doubled.
                if before.is_some_and(|before| before > row.identity()) {
                    let (name, id) = (part.name.clone(), row.identity());
                    self.add(Violation::Disordered { name, id });
                }
            }
        }
        for (key, names) in parts_of_keys {
            if names.len() > 1 {
                let names = names.into_iter().map(str::to_owned).collect();
                let key = key.to_owned();
                self.add(Violation::ScatteredKey { key, names });
            }
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_exact() {
            return write!(f, "exact, {} rows", self.rows);
        }
        write!(f, "wrong, {} rows:", self.rows)?;
        for (kind, count) in &self.counts {
            write!(f, " {count} {kind}")?;
        }
        self.examples
            .iter()
            .try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}

#[cfg(test)]
mod tests;
