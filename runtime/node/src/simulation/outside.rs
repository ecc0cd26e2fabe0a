//! The world outside the cluster, where loads leave their output: what is staged, what is seen.

use std::collections::BTreeSet;

use bubbles_cluster::{JobId, Work};
use bubbles_pipeline::{NodeId, TaskIndex};
use serde::{Deserialize, Serialize};

/// Rows as they can be told apart: of which splits they were made, and of which run of each where
/// runs differ (else 0).
pub(super) type Lineage = BTreeSet<(Work, u32)>;

/// What a load says of what it prepared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) job: JobId,
    pub(super) task: TaskIndex,
    pub(super) work: Work,
    pub(super) attempt: u32,
    /// Who prepared it, in which of its lives.
    pub(super) by: (NodeId, u32),
    pub(super) rows: Lineage,
}

impl Receipt {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        postcard::from_bytes(bytes).unwrap()
    }
}

/// What became of a receipt that a commit names.
#[derive(PartialEq, Eq)]
pub(super) enum Published {
    Now,
    Before,
    /// It is not there: it was removed, or never was.
    Gone,
}

/// What is staged, and what everybody sees.
#[derive(Default)]
pub(super) struct Outside {
    staged: BTreeSet<Receipt>,
    seen: BTreeSet<Receipt>,
}

impl Outside {
    /// Output is durable, and not visible yet.
    pub(super) fn stage(&mut self, receipt: Receipt) {
        self.staged.insert(receipt);
    }

    /// It becomes visible; doing it again changes nothing.
    pub(super) fn publish(&mut self, receipt: &Receipt) -> Published {
        if self.seen.contains(receipt) {
            return Published::Before;
        }
        match self.staged.take(receipt) {
            Some(staged) => {
                self.seen.insert(staged);
                Published::Now
            }
            None => Published::Gone,
        }
    }

    /// It is removed, if it is not visible.
    pub(super) fn discard(&mut self, receipt: &Receipt) {
        self.staged.remove(receipt);
    }

    pub(super) fn staged(&self) -> impl Iterator<Item = &Receipt> {
        self.staged.iter()
    }

    /// What is visible of a job.
    pub(super) fn seen<'a>(&'a self, job: &'a JobId) -> impl Iterator<Item = &'a Receipt> {
        self.seen.iter().filter(move |receipt| receipt.job == *job)
    }
}
