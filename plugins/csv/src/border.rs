//! Where a big file can be cut: between two records, though a newline may stand in quotes and one
//! cannot see from the middle of a file what is quoted.
//!
//! From a place in the middle, both are followed: that it is outside quotes, and that it is inside.
//! The wrong one soon meets what cannot be: records of the wrong width, quotes inside a value, or,
//! at the latest where the longest allowed record is over, no end. Only where both go well, or
//! neither, all records are read from the last known border. Should a border be wrong for all that
//! (in a file with broken quotes), the split before it does not end there with its last record,
//! and the job fails: no row is ever cut or read twice in silence.

use bubbles_files::{ByteSize, PIECE_BYTES, SourceFile, ranges};
use bubbles_sdk::Error;
use memchr::memchr;

use crate::batch::too_long;
use crate::dialect::Dialect;
use crate::index::{Index, Start};

/// Looks for borders in one file.
pub(crate) struct Borders<'a> {
    pub(crate) file: &'a SourceFile,
    pub(crate) dialect: Dialect,
    /// How many fields a record has.
    pub(crate) width: usize,
    pub(crate) max_record: ByteSize,
}

impl Borders<'_> {
    /// Where splits of about `split_size` bytes start. The first is at `data`, behind the header.
    pub(crate) fn find(&self, data: u64, split_size: ByteSize) -> Result<Vec<u64>, Error> {
        let mut borders = vec![data];
        let mut last = data;
        for nominal in ranges(self.file.size, split_size.0)
            .into_iter()
            .map(|range| range.start)
        {
            if nominal <= last {
                continue;
            }
            last = match self.guess(nominal, split_size)? {
                Some(border) => border,
                None => self.read_on(last, nominal)?,
            };
            if last >= self.file.size {
                break;
            }
            borders.push(last);
        }
        Ok(borders)
    }

    /// The first border behind `nominal` as far as it can be told from there.
    fn guess(&self, nominal: u64, split_size: ByteSize) -> Result<Option<u64>, Error> {
        let left = self.file.size - nominal;
        let longest = self.max_record.0 + WINDOW_EXTRA;
        // Where windows would overlap, reading everything is less work.
        if longest.min(left) > split_size.0 && longest < left {
            return Ok(None);
        }
        // A short look is enough where there are quotes, a long one where there are none.
        for length in [WINDOW_EXTRA, longest] {
            let window = self.window(nominal - 1, length.min(left) + 1)?;
            if let Some(border) = self.guess_within(&window) {
                return Ok(Some(border));
            }
            if window.is_end {
                break;
            }
        }
        Ok(None)
    }

    fn window(&self, start: u64, length: u64) -> Result<Window, Error> {
        let mut bytes = self.file.read_exact(start, length)?;
        let is_end = start + length == self.file.size;
        if is_end && bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        Ok(Window {
            bytes,
            start,
            is_end,
        })
    }

    /// The first border in a window whose first byte only tells what stands before the second.
    fn guess_within(&self, window: &Window) -> Option<u64> {
        let Window {
            bytes,
            start,
            is_end,
        } = window;
        let absolute = |border: usize| (start + border as u64).min(self.file.size);
        let quote = self.dialect.quote;
        if quote.is_none_or(|quote| memchr(quote, bytes).is_none()) {
            // Nothing as long as this can be inside quotes.
            if quote.is_none() || bytes.len() as u64 > self.max_record.0 + 1 {
                return memchr(b'\n', &bytes[1..]).map(|newline| absolute(newline + 2));
            }
            if !is_end {
                return None;
            }
        }
        // Behind a quote, it could be the first or the second of a pair: go on behind all of them.
        let before = bytes.iter().position(|byte| Some(*byte) != quote)?;
        let is_field = [b'\n', self.dialect.delimiter].contains(&bytes[before]);
        let unquoted = if is_field {
            Start::Record
        } else {
            Start::Outside
        };
        let outside = self.follow(window, before + 1, unquoted);
        let inside = self.follow(window, before + 1, Start::Quoted);
        let course = choose(&outside, &inside)?;
        match course.border {
            Some(border) => Some(absolute(border)),
            None => is_end.then_some(self.file.size),
        }
    }

    fn follow(&self, window: &Window, at: usize, start: Start) -> Course {
        let bytes = window.bytes.as_slice();
        let mut index = Index::new(self.dialect);
        let end = index.fill_from(bytes, at, start, usize::MAX);
        let records = 0..index.records();
        let longest = records
            .clone()
            .map(|record| index.record(record).len())
            .max()
            .unwrap_or(0);
        let mut course = Course {
            border: (index.records() > 0).then(|| index.record(0).end + 1),
            records: index.records(),
            too_long: longest.max(bytes.len() - end) as u64 > self.max_record.0,
            faults: 0,
        };
        for record in records {
            let range = index.record(record);
            let is_rest = record == 0;
            let is_empty = matches!(&bytes[range], [] | [b'\r']);
            let wrong_width = !is_rest && !is_empty && index.width(record) != self.width;
            let fields = index.firsts()[record] as usize..index.firsts()[record + 1] as usize;
            let mut is_quoted_rest = is_rest && start == Start::Quoted;
            let malformed = fields.into_iter().any(|field| {
                let quoted_rest = std::mem::replace(&mut is_quoted_rest, false);
                !self.is_well_formed(&bytes[index.field(field)], quoted_rest)
            });
            course.faults += usize::from(wrong_width || malformed);
        }
        // A window may end inside a record; a file that does has one fault.
        course.faults += usize::from(window.is_end && end < bytes.len());
        course
    }

    /// Whether quotes are only where RFC 4180 has them: around a value, and doubled in it.
    fn is_well_formed(&self, field: &[u8], is_quoted_rest: bool) -> bool {
        let Some(quote) = self.dialect.quote else {
            return true;
        };
        let field = crate::field::without_return(field);
        if is_quoted_rest {
            return field.last() == Some(&quote);
        }
        match field {
            [first, .., last] if *first == quote => *last == quote,
            [first] => *first != quote,
            _ => memchr(quote, field).is_none(),
        }
    }

    /// The first border at or behind `nominal`, by reading all records from `known` on.
    fn read_on(&self, known: u64, nominal: u64) -> Result<u64, Error> {
        let mut index = Index::new(self.dialect);
        let mut at = known;
        let mut length = PIECE_BYTES;
        loop {
            let left = self.file.size - at;
            let bytes = self.file.read_exact(at, length.min(left))?;
            let end = index.fill_from(&bytes, 0, Start::Record, usize::MAX);
            let mut borders = (0..index.records()).map(|record| index.record(record).end + 1);
            if let Some(border) = borders.find(|border| at + *border as u64 >= nominal) {
                return Ok(at + border as u64);
            }
            if length >= left {
                return Ok(self.file.size);
            }
            at += end as u64;
            if end > 0 {
                length = PIECE_BYTES;
            } else if length > self.max_record.0 {
                return Err(too_long(&self.file.url, at, self.max_record));
            } else {
                length *= 2;
            }
        }
    }
}

/// How much is looked at first, and how much more than the longest record at last.
const WINDOW_EXTRA: u64 = 64 << 10;

/// A piece of a file, the newline at whose end is never missing.
struct Window {
    bytes: Vec<u8>,
    start: u64,
    /// Whether the file ends with it.
    is_end: bool,
}

/// What is met on the way from a place, under one hypothesis about it.
#[derive(Debug, Default)]
struct Course {
    /// Behind the record in which the place is.
    border: Option<usize>,
    records: usize,
    /// Records that a good file does not have.
    faults: usize,
    /// There is a record that no file may have.
    too_long: bool,
}

impl Course {
    /// A few bad records are no reason to doubt.
    fn goes_well(&self) -> bool {
        self.faults * 16 <= self.records
    }
}

fn choose<'a>(outside: &'a Course, inside: &'a Course) -> Option<&'a Course> {
    match (outside.too_long, inside.too_long) {
        (false, true) => return Some(outside),
        (true, false) => return Some(inside),
        (true, true) => return None,
        (false, false) => {}
    }
    match (outside.goes_well(), inside.goes_well()) {
        (true, false) => Some(outside),
        (false, true) => Some(inside),
        _ => None,
    }
}
