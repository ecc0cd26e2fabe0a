//! Records that were put aside, with the reason: for the whole job one file of
//! json, a line for each.
//!
//! | field | |
//! |---|---|
//! | `split` | the split or partition that the task worked on |
//! | `task` | who put it aside |
//! | `reason` | why, in its words |
//! | `text` or `base64` | the record: as text where it is UTF-8 |
//! | `clipped_from` | how many bytes it had, where it is too long to be kept whole |
//! | `unrecorded` | in place of a record: how many more the split had when the quota was used up |
//!
//! An attempt spools its records on disk, in files without names; they reach the
//! job's file once the attempt counts, and vanish with it if it does not.

mod file;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use thiserror::Error;

use crate::store::{Disk, Extent, StoreError};

pub(crate) use file::commit;

/// Rejects kept for one job: enough to see what is wrong with a source, whatever
/// its size. Beyond it they are counted only.
const JOB_BYTES: u64 = 1 << 30;

/// Of one record. Longer ones are clipped: the start shows what they are.
const RECORD_BYTES: usize = 64 << 10;

/// Of one reason: the words are a guest's.
const REASON_BYTES: usize = 4 << 10;

/// Lines that an attempt holds in memory before they go to disk. Spools wait for
/// the end of the job, thousands of them perhaps, so it is little.
const BUFFER_BYTES: usize = 8 << 10;

/// Why rejects could not be kept.
#[derive(Debug, Error)]
pub(crate) enum RejectError {
    /// The spool failed.
    #[error(transparent)]
    Spool(#[from] StoreError),
    /// The job's file failed.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What the rejects of one job may take, and where they are spooled.
#[derive(Debug)]
pub(crate) struct RejectQuota {
    bytes: u64,
    disk: Mutex<Option<Arc<Disk>>>,
}

impl Default for RejectQuota {
    fn default() -> Self {
        Self::of_bytes(JOB_BYTES)
    }
}

impl RejectQuota {
    fn of_bytes(bytes: u64) -> Self {
        Self {
            bytes,
            disk: Mutex::default(),
        }
    }

    fn disk(&self, folder: &Path) -> Result<Arc<Disk>, StoreError> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match &*disk {
            Some(disk) => Ok(Arc::clone(disk)),
            None => {
                let opened = Disk::new(folder.to_path_buf(), Some(self.bytes))?;
                Ok(Arc::clone(disk.insert(Arc::new(opened))))
            }
        }
    }
}

/// The rejects of one attempt. Dropping it discards them.
#[derive(Debug)]
pub(crate) struct RejectSpool {
    disk: Arc<Disk>,
    extents: Vec<Extent>,
    buffer: Vec<u8>,
    /// How many lines the buffer has.
    buffered: u64,
    /// How many records found no room.
    unrecorded: u64,
}

/// A line of the job's file, but for its split.
#[derive(Serialize)]
struct Line<'a> {
    task: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clipped_from: Option<usize>,
}

impl RejectSpool {
    /// A spool in the job's folder.
    pub(crate) fn create(folder: &Path, quota: &RejectQuota) -> Result<Self, RejectError> {
        let disk = quota.disk(folder)?;
        Ok(Self {
            disk,
            extents: Vec::new(),
            buffer: Vec::new(),
            buffered: 0,
            unrecorded: 0,
        })
    }

    /// Puts a record aside.
    pub(crate) fn push(
        &mut self,
        task: &str,
        record: &[u8],
        reason: &str,
    ) -> Result<(), RejectError> {
        let reason = &reason[..reason.floor_char_boundary(REASON_BYTES)];
        let clipped_from = (record.len() > RECORD_BYTES).then_some(record.len());
        let text = text(record);
        let base64 = text.is_none().then(|| BASE64_STANDARD.encode(clip(record)));
        let line = Line {
            task,
            reason,
            text,
            base64,
            clipped_from,
        };
        serde_json::to_writer(&mut self.buffer, &line).expect("strings and numbers are json");
        self.buffer.push(b'\n');
        self.buffered += 1;
        if self.buffer.len() >= BUFFER_BYTES {
            self.spill()?;
        }
        Ok(())
    }

    /// A spool of lines that another node spooled.
    pub(crate) fn of_lines(
        folder: &Path,
        quota: &RejectQuota,
        lines: Vec<u8>,
    ) -> Result<Self, RejectError> {
        let mut spool = Self::create(folder, quota)?;
        spool.buffer = lines;
        Ok(spool)
    }

    /// A spool that is lost: only how many records it had is known.
    pub(crate) fn lost(
        folder: &Path,
        quota: &RejectQuota,
        records: u64,
    ) -> Result<Self, RejectError> {
        let mut spool = Self::create(folder, quota)?;
        spool.unrecorded = records;
        Ok(spool)
    }

    /// Its lines for another node, as many bytes at most; the records beyond are counted.
    pub(crate) fn lines(&self, most_bytes: usize) -> Result<Vec<u8>, RejectError> {
        let mut all = Vec::new();
        let mut beyond = 0_u64;
        self.read(|lines| {
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if beyond > 0 || all.len() + line.len() > most_bytes {
                    beyond += 1;
                } else {
                    all.extend_from_slice(line);
                }
            }
            Ok(())
        })?;
        if beyond > 0 {
            all.extend_from_slice(unrecorded(beyond).as_bytes());
        }
        Ok(all)
    }

    /// Moves the buffer to disk, or, where the quota is used up, counts it.
    fn spill(&mut self) -> Result<(), RejectError> {
        match self.disk.write(&self.buffer) {
            Ok(extent) => self.extents.push(extent),
            Err(StoreError::OverLimit { limit_bytes }) => {
                if self.unrecorded == 0 {
                    tracing::warn!(
                        limit_bytes,
                        "rejects fill their quota: more are counted only"
                    );
                }
                self.unrecorded += self.buffered;
            }
            Err(error) => return Err(error.into()),
        }
        self.buffer.clear();
        self.buffered = 0;
        Ok(())
    }

    /// Its lines, in order, whole ones at a time.
    fn read(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), RejectError>,
    ) -> Result<(), RejectError> {
        let mut lines = Vec::new();
        for extent in &self.extents {
            lines.resize(extent.len(), 0);
            extent.read(&mut lines)?;
            each(&lines)?;
        }
        each(&self.buffer)?;
        match self.unrecorded {
            0 => Ok(()),
            count => each(unrecorded(count).as_bytes()),
        }
    }

    fn is_empty(&self) -> bool {
        self.extents.is_empty() && self.buffer.is_empty() && self.unrecorded == 0
    }
}

fn unrecorded(count: u64) -> String {
    format!("{{\"unrecorded\":{count}}}\n")
}

fn clip(record: &[u8]) -> &[u8] {
    &record[..record.len().min(RECORD_BYTES)]
}

/// The record as text, if it is text as far as it is kept.
fn text(record: &[u8]) -> Option<&str> {
    let clipped = clip(record);
    match std::str::from_utf8(clipped) {
        Ok(text) => Some(text),
        // A character that the clip cut in two.
        Err(error) if clipped.len() < record.len() && error.error_len().is_none() => {
            std::str::from_utf8(&clipped[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{RejectQuota, RejectSpool, commit};

    fn spool(folder: &Path, quota: &RejectQuota, records: &[(&str, &[u8], &str)]) -> RejectSpool {
        let mut spool = RejectSpool::create(folder, quota).unwrap();
        for (task, record, reason) in records {
            spool.push(task, record, reason).unwrap();
        }
        spool
    }

    fn lines(file: &Path) -> Vec<Value> {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_flipped_byte_of_a_spool_is_noticed() {
        let (folder, quota) = (tempfile::tempdir().unwrap(), RejectQuota::default());
        let record = vec![b'x'; super::BUFFER_BYTES];
        let spool = spool(folder.path(), &quota, &[("csv", &record, "no number")]);
        assert!(spool.lines(1 << 20).is_ok());
        spool.extents[0].overwrite(b"!");
        let error = spool.lines(1 << 20).unwrap_err();
        assert!(
            error.to_string().contains("not what was written"),
            "{error}"
        );
    }

    #[test]
    fn records_come_in_the_order_of_splits_and_are_safe_to_show() {
        let folder = tempfile::tempdir().unwrap();
        let (file, quota) = (folder.path().join("rejects.jsonl"), RejectQuota::default());
        let late = spool(
            folder.path(),
            &quota,
            &[("csv", b"1,\x1b[31m\xc3\xa4,\"\n", "4 fields, not 3")],
        );
        let none = spool(folder.path(), &quota, &[]);
        let early = spool(
            folder.path(),
            &quota,
            &[("csv", b"\xff\x00", "not \"UTF-8\"\n"), ("late", b"", "x")],
        );
        drop(spool(
            folder.path(),
            &quota,
            &[("csv", b"a failed attempt", "x")],
        ));
        assert!(commit(&file, [(0, early), (1, none), (7, late)]).unwrap());
        let expected = [
            json!({ "split": 0, "task": "csv", "reason": "not \"UTF-8\"\n", "base64": "/wA=" }),
            json!({ "split": 0, "task": "late", "reason": "x", "text": "" }),
            json!({ "split": 7, "task": "csv", "reason": "4 fields, not 3", "text": "1,\u{1b}[31mä,\"\n" }),
        ];
        assert_eq!(lines(&file), expected);
        let bytes = std::fs::read(&file).unwrap();
        assert!(bytes.iter().all(|byte| *byte >= b' ' || *byte == b'\n'));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_rejects_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rejects.jsonl");
        let none = spool(folder.path(), &RejectQuota::default(), &[]);
        assert!(!commit(&file, [(0, none)]).unwrap());
        assert!(!file.exists());
    }

    #[test]
    fn long_records_are_clipped_between_characters() {
        let folder = tempfile::tempdir().unwrap();
        let (file, quota) = (folder.path().join("rejects.jsonl"), RejectQuota::default());
        let text = format!("a{}", "ä".repeat(50_000));
        let noise = [b"\xff".to_vec(), text.as_bytes().to_vec()].concat();
        let reason = "ä".repeat(5_000);
        let long = spool(
            folder.path(),
            &quota,
            &[("t", text.as_bytes(), &reason), ("t", &noise, "")],
        );
        assert!(commit(&file, [(0, long)]).unwrap());
        let lines = lines(&file);
        let kept = lines[0]["text"].as_str().unwrap();
        assert!(text.starts_with(kept) && kept.len() == (64 << 10) - 1);
        assert_eq!(lines[0]["clipped_from"], 100_001);
        assert_eq!(lines[0]["reason"].as_str().unwrap().len(), 4 << 10);
        assert_eq!(lines[1]["clipped_from"], 100_002);
        assert_eq!(
            lines[1]["base64"].as_str().unwrap().len(),
            (64usize << 10).div_ceil(3) * 4
        );
    }

    #[test]
    fn beyond_the_quota_records_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (file, quota) = (
            folder.path().join("rejects.jsonl"),
            RejectQuota::of_bytes(100_000),
        );
        let records = vec![("csv", &b"a record of some length"[..], "a reason"); 3_000];
        let first = spool(folder.path(), &quota, &records);
        let discarded = spool(folder.path(), &quota, &records);
        drop(first);
        drop(discarded);
        let (first, second) = (
            spool(folder.path(), &quota, &records),
            spool(folder.path(), &quota, &records),
        );
        assert!(commit(&file, [(0, first), (1, second)]).unwrap());
        let lines = lines(&file);
        for split in 0..2 {
            let of_split = || lines.iter().filter(|line| line["split"] == split);
            let unrecorded: u64 = of_split()
                .filter_map(|line| line["unrecorded"].as_u64())
                .sum();
            let recorded = of_split().filter(|line| line["text"].is_string()).count() as u64;
            assert_eq!(recorded + unrecorded, 3_000);
            assert!(
                unrecorded > 0 && (split == 1 || recorded > 500),
                "{split}: {recorded} recorded"
            );
        }
    }
}
