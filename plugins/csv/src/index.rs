//! Records and fields of a buffer, by their places alone.

use crate::dialect::Dialect;
use crate::scan::{BLOCK, Marks, Scanner};

/// How many bytes are indexed at a time: their index and their values stay in the processor's
/// nearest caches.
const WINDOW_BYTES: usize = 32 << 10;

/// In which state the first byte is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// A record begins here.
    Record,
    /// Outside quotes, in the middle of a value.
    Outside,
    /// Inside quotes.
    Quoted,
}

/// The fields of a run of whole records.
pub(crate) struct Index {
    scanner: Scanner,
    /// Where fields start: field `n` is `bytes[starts[n]..starts[n + 1] - 1]`, its separator behind.
    starts: Vec<u32>,
    /// How much of `starts` is filled.
    filled: usize,
    /// The first field of each record, and one behind the last.
    firsts: Vec<u32>,
}

/// What the scan knows between two blocks.
struct State {
    quoted: bool,
    /// The last quote met inside quotes, while it may have closed them.
    closing: usize,
    field: usize,
}

const NOWHERE: usize = usize::MAX;

impl Index {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            scanner: Scanner::new(dialect),
            starts: Vec::new(),
            filled: 0,
            firsts: Vec::new(),
        }
    }

    /// Indexes whole records of `bytes` from `from` on, about 32 KiB of them and at least one.
    /// Gives the place behind the last; `from` itself if no record is whole.
    pub(crate) fn fill(&mut self, bytes: &[u8], from: usize) -> usize {
        self.fill_from(bytes, from, Start::Record, WINDOW_BYTES)
    }

    /// The same where it is not known that a record begins at `from`: the first record is then the
    /// rest of one. Looks at `window` bytes, or at more if they hold no whole record.
    pub(crate) fn fill_from(
        &mut self,
        bytes: &[u8],
        from: usize,
        start: Start,
        window: usize,
    ) -> usize {
        let mut state = State {
            quoted: start == Start::Quoted,
            closing: NOWHERE,
            field: if start == Start::Record {
                from
            } else {
                NOWHERE
            },
        };
        self.firsts.clear();
        self.firsts.push(0);
        self.filled = 0;
        self.make_room();
        self.starts[0] = position(from);
        self.filled = 1;
        let mut at = from;
        while at < bytes.len() && (at - from < window || self.firsts.len() == 1) {
            let marks = match bytes[at..].first_chunk::<BLOCK>() {
                Some(block) => self.scanner.marks(block),
                None => self.scanner.marks_of_rest(&bytes[at..]),
            };
            self.make_room();
            if marks.quotes == 0 && !state.quoted && state.closing == NOWHERE {
                self.add_separators(at, marks);
                if marks.separators != 0 {
                    state.field = at + (BLOCK - marks.separators.leading_zeros() as usize);
                }
            } else {
                self.add_quoting(at, marks, &mut state, bytes);
            }
            at += BLOCK;
        }
        self.end()
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.firsts.len() - 1
    }

    /// The first field of each record, and one behind the last.
    pub(crate) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// Where each field starts, and one behind the last. Each is followed by its separator.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts[..self.filled]
    }

    /// How many fields record `n` has.
    pub(crate) fn width(&self, record: usize) -> usize {
        (self.firsts[record + 1] - self.firsts[record]) as usize
    }

    /// The place of record `n`, its newline left out.
    pub(crate) fn record(&self, record: usize) -> std::ops::Range<usize> {
        let start = self.starts[self.firsts[record] as usize];
        let end = self.starts[self.firsts[record + 1] as usize];
        start as usize..end as usize - 1
    }

    /// The place of field `n`, counted over all records.
    pub(crate) fn field(&self, field: usize) -> std::ops::Range<usize> {
        self.starts[field] as usize..self.starts[field + 1] as usize - 1
    }

    fn end(&self) -> usize {
        let last = *self.firsts.last().expect("there is always the first");
        self.starts[last as usize] as usize
    }

    /// Room for what one block can add.
    fn make_room(&mut self) {
        if self.starts.len() < self.filled + BLOCK + 1 {
            let more = (self.starts.len() * 2).max(WINDOW_BYTES / 4);
            self.starts.resize(more, 0);
        }
    }

    /// A block that knows no quotes: every separator counts.
    #[inline]
    fn add_separators(&mut self, at: usize, marks: Marks) {
        let mut separators = marks.separators;
        let count = separators.count_ones() as usize;
        let after = position(at) + 1;
        for place in &mut self.starts[self.filled..self.filled + count] {
            *place = after + separators.trailing_zeros();
            separators &= separators - 1;
        }
        let mut newlines = marks.newlines;
        while newlines != 0 {
            let upto = newlines ^ (newlines - 1);
            let first = self.filled + (marks.separators & upto).count_ones() as usize - 1;
            self.firsts.push(position(first));
            newlines &= newlines - 1;
        }
        self.filled += count;
    }

    /// A block with quotes in it, or inside them.
    fn add_quoting(&mut self, at: usize, marks: Marks, state: &mut State, bytes: &[u8]) {
        let mut interesting = marks.separators | marks.quotes;
        while interesting != 0 {
            let bit = interesting & interesting.wrapping_neg();
            let place = at + interesting.trailing_zeros() as usize;
            interesting ^= bit;
            let is_quote = marks.quotes & bit != 0;
            if state.closing != NOWHERE {
                // A quote right behind a quote is one of the text; anything else ends the quoting.
                let doubled = is_quote && place == state.closing + 1;
                state.closing = NOWHERE;
                if doubled {
                    continue;
                }
                state.quoted = false;
            }
            if state.quoted {
                if is_quote {
                    state.closing = place;
                }
            } else if is_quote {
                state.quoted = place == state.field;
            } else {
                state.field = place + 1;
                self.starts[self.filled] = position(place + 1);
                if bytes[place] == b'\n' {
                    self.firsts.push(position(self.filled));
                }
                self.filled += 1;
            }
        }
    }
}

/// Buffers are far below 4 GiB.
fn position(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALECT: Dialect = Dialect {
        delimiter: b',',
        quote: Some(b'"'),
    };

    fn records(text: &[u8], start: Start) -> Vec<Vec<String>> {
        let mut index = Index::new(DIALECT);
        let end = index.fill_from(text, 0, start, usize::MAX);
        let rows: Vec<Vec<String>> = (0..index.records())
            .map(|record| {
                let fields = index.firsts()[record] as usize..index.firsts()[record + 1] as usize;
                fields
                    .map(|field| String::from_utf8(text[index.field(field)].to_vec()).unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(
            rows.iter()
                .flatten()
                .map(|field| field.len() + 1)
                .sum::<usize>(),
            end
        );
        rows
    }

    #[test]
    fn quotes_hide_separators() {
        let text = b"a,b\n\"x,\ny\",\"he said \"\"no\"\"\"\n5\" pipe,2\nrest,";
        let expected = [
            ["a", "b"],
            ["\"x,\ny\"", "\"he said \"\"no\"\"\""],
            ["5\" pipe", "2"],
        ];
        assert_eq!(records(text, Start::Record), expected);
    }

    #[test]
    fn it_can_start_inside_a_value() {
        assert_eq!(
            records(b"x,\n\",b\nc,d\n", Start::Quoted),
            [["x,\n\"", "b"], ["c", "d"]]
        );
        assert_eq!(
            records(b"\"x,b\nc,d\n", Start::Outside),
            [["\"x", "b"], ["c", "d"]]
        );
    }

    /// The rules, one byte at a time.
    fn slowly(text: &[u8]) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), Vec::new());
        let (mut quoted, mut closing) = (false, false);
        for &byte in text {
            if quoted && byte == b'"' {
                (quoted, closing) = (false, true);
            } else if closing && byte == b'"' {
                (quoted, closing) = (true, false);
            } else if !quoted && matches!(byte, b',' | b'\n') {
                row.push(String::from_utf8(std::mem::take(&mut field)).unwrap());
                closing = false;
                if byte == b'\n' {
                    rows.push(std::mem::take(&mut row));
                }
                continue;
            } else {
                quoted = quoted || (byte == b'"' && field.is_empty());
                closing = false;
            }
            field.push(byte);
        }
        rows
    }

    proptest::proptest! {
        #[test]
        fn fast_and_slow_agree(text in "[a,\"\n]{0,300}") {
            proptest::prop_assert_eq!(records(text.as_bytes(), Start::Record), slowly(text.as_bytes()));
        }

        #[test]
        fn fast_and_slow_agree_where_quotes_are_rare(text in "([a-z]{0,9},){0,40}(\"[a,\n]{0,99}\")?([a-z,\n]{0,99}\n)?") {
            proptest::prop_assert_eq!(records(text.as_bytes(), Start::Record), slowly(text.as_bytes()));
        }
    }
}
