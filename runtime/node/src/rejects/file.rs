//! The file that a job's rejects end in.

use std::borrow::Borrow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{RejectError, RejectSpool};

/// Writes the rejects of the attempts that count to the job's file, in the order
/// given; each with its split. Says whether there were any: else there is no file.
/// The file appears whole.
pub(crate) fn commit(
    file: &Path,
    spools: impl IntoIterator<Item = (u32, impl Borrow<RejectSpool>)>,
) -> Result<bool, RejectError> {
    let mut spools = spools
        .into_iter()
        .filter(|(_, spool)| !spool.borrow().is_empty())
        .peekable();
    if spools.peek().is_none() {
        return Ok(false);
    }
    let partial = file.with_extension("jsonl.partial");
    let written = write(&partial, spools).and_then(|()| {
        fs::rename(&partial, file).map_err(|source| failure(file, source))?;
        Ok(true)
    });
    if written.is_err() {
        // The error at hand tells more than one of tidying up after it would.
        fs::remove_file(&partial).ok();
    }
    written
}

fn write(
    file: &Path,
    spools: impl Iterator<Item = (u32, impl Borrow<RejectSpool>)>,
) -> Result<(), RejectError> {
    let mut output = Output::create(file)?;
    for (split, spool) in spools {
        spool.borrow().read(|lines| output.lines(split, lines))?;
    }
    output.finish()
}

struct Output<'a> {
    path: &'a Path,
    file: BufWriter<File>,
}

impl<'a> Output<'a> {
    fn create(path: &'a Path) -> Result<Self, RejectError> {
        let file = File::create(path).map_err(|source| failure(path, source))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
    }

    /// Writes lines, each an object, with their split in front.
    fn lines(&mut self, split: u32, lines: &[u8]) -> Result<(), RejectError> {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let fields = line.strip_prefix(b"{").expect("a line is an object");
            write!(self.file, "{{\"split\":{split},")
                .and_then(|()| self.file.write_all(fields))
                .map_err(|source| failure(self.path, source))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), RejectError> {
        self.file
            .flush()
            .map_err(|source| failure(self.path, source))
    }
}

fn failure(file: &Path, source: io::Error) -> RejectError {
    RejectError::Write {
        file: file.to_path_buf(),
        source,
    }
}
