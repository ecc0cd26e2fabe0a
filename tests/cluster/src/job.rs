//! A ledger job: a pipeline over a ledger of some size, and a folder for its output.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use ledger::Shape;
use thiserror::Error;

use crate::oracle::{self, Promise, Verdict};
use crate::programs::{NotBuilt, Programs};

/// What a job is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows of the source.
    pub shape: Shape,
    /// Partitions after the exchange, and attempts at one stage at once.
    pub parallelism: u32,
    /// How long each split takes, in turn.
    pub split_ms: Vec<u32>,
    /// How long each partition takes, in turn.
    pub partition_ms: Vec<u32>,
    /// Whether every attempt at a split gives the same.
    pub steady: bool,
    /// Only nodes of this label write.
    pub write_on: Option<String>,
}

/// A job, ready to be run by anybody. It outlives the pipeline's folder only in name.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its pipeline file.
    pub pipeline: PathBuf,
    /// Where its output will be.
    pub output: PathBuf,
    plan: Plan,
}

/// Between two looks at an output that is not settled.
const LOOK: Duration = Duration::from_millis(200);

/// Why a job cannot be written down.
#[derive(Debug, Error)]
pub enum JobError {
    /// A guest is missing.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// The folder cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Plan {
    /// Of so many splits, each of which takes so long: about 200 rows to a split.
    #[must_use]
    pub fn new(splits: u32, split_ms: u32) -> Self {
        Self {
            shape: Shape {
                splits,
                rows: 200,
                keys: 97,
                payload_bytes: 32,
            },
            parallelism: 4,
            split_ms: vec![split_ms],
            partition_ms: vec![0],
            steady: true,
            write_on: None,
        }
    }

    /// Writes the pipeline down in a folder of this name below `above`.
    ///
    /// # Errors
    /// If a guest is not built or the folder cannot be written.
    pub fn write(self, programs: &Programs, above: &Path, name: &str) -> Result<Job, JobError> {
        let folder = above.join(name);
        fs::create_dir_all(&folder)?;
        let output = folder.join("out");
        let pipeline = folder.join("pipeline.toml");
        fs::write(&pipeline, self.text(programs, name, &output)?)?;
        Ok(Job {
            pipeline,
            output,
            plan: self,
        })
    }

    fn text(&self, programs: &Programs, name: &str, output: &Path) -> Result<String, NotBuilt> {
        let source = if self.steady {
            "ledger_extract"
        } else {
            "ledger_scramble"
        };
        let (source, mangle, check) = (
            programs.guest(source)?,
            programs.guest("ledger_mangle")?,
            programs.guest("ledger_check")?,
        );
        let Shape {
            splits,
            rows,
            keys,
            payload_bytes,
        } = self.shape;
        let (split_ms, partition_ms) = (&self.split_ms, &self.partition_ms);
        let parallelism = self.parallelism;
        let on = self.write_on.as_ref();
        let on = on.map_or_else(String::new, |label| format!("on = {label:?}\n"));
        Ok(format!(
            r#"name = {name:?}

[[task]]
name = "source"
extract = {source:?}
config = {{ splits = {splits}, rows = {rows}, keys = {keys}, payload-bytes = {payload_bytes}, work-ms = {split_ms:?} }}

[[task]]
name = "mangle"
transform = {mangle:?}

[[task]]
name = "check"
transform = {check:?}
partition-by = ["key"]
parallelism = {parallelism}
config = {{ work-ms = {partition_ms:?} }}
{on}
[[task]]
name = "out"
load = "jsonl"
config = {{ path = "{output}/" }}
write = ["{output}/"]
{on}"#,
            output = output.display(),
        ))
    }
}

impl Job {
    /// Whether what is in its output folder is what must be there.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn verdict(&self) -> io::Result<Verdict> {
        let promise = Promise {
            shape: self.plan.shape,
            steady: self.plan.steady,
        };
        oracle::judge(&promise, &self.output)
    }

    /// The same once nothing is left in staging, or when `limit` is over: what a lost attempt staged
    /// is swept some time after its job has ended. No other wrong is waited for.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn settled(&self, limit: Duration) -> io::Result<Verdict> {
        let start = Instant::now();
        loop {
            let verdict = self.verdict()?;
            let unsettled = verdict.counts.keys().eq([&oracle::Kind::Staging]);
            if !unsettled || start.elapsed() > limit {
                return Ok(verdict);
            }
            thread::sleep(LOOK);
        }
    }

    /// How many rows its output has if it is right.
    #[must_use]
    pub fn rows(&self) -> usize {
        oracle::expected(&self.plan.shape).count()
    }
}
