//! Texts and bytes, in quotes.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayAccessor};
use arrow_schema::DataType;

use crate::encoder::Cells;

/// Of a column of text or bytes.
pub(crate) fn cells<'a>(column: &'a dyn Array) -> Box<dyn Cells + 'a> {
    match column.data_type() {
        DataType::Utf8 => Box::new(Texts(column.as_string::<i32>())),
        DataType::LargeUtf8 => Box::new(Texts(column.as_string::<i64>())),
        DataType::Utf8View => Box::new(Texts(column.as_string_view())),
        DataType::Binary => Box::new(Bytes(column.as_binary::<i32>())),
        DataType::LargeBinary => Box::new(Bytes(column.as_binary::<i64>())),
        DataType::BinaryView => Box::new(Bytes(column.as_binary_view())),
        _ => Box::new(Bytes(column.as_fixed_size_binary())),
    }
}

struct Texts<A>(A);

impl<'a, A: ArrayAccessor<Item = &'a str>> Cells for Texts<A> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        string(self.0.value(row), out);
    }
}

struct Bytes<A>(A);

impl<'a, A: ArrayAccessor<Item = &'a [u8]>> Cells for Bytes<A> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        let bytes = self.0.value(row);
        out.reserve(2 * bytes.len() + 2);
        out.push(b'"');
        for byte in bytes {
            out.extend_from_slice(&hex(*byte));
        }
        out.push(b'"');
    }
}

fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

/// Adds a text, in quotes and with what JSON wants escaped.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + 2);
    out.push(b'"');
    while let Some(at) = first_to_escape(rest) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        escape(from[0], out);
        rest = &from[1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&hex(byte));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Where the first byte stands that JSON wants escaped: a quote, a backslash, a control character.
/// Eight bytes at a time, as most texts have none.
fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(8 * index + marks.trailing_zeros() as usize / 8);
        }
    }
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    let at = tail.iter().position(is_special)?;
    Some(8 * words.len() + at)
}

/// The top bit of every byte that is special, and maybe of bytes above the first of them: a
/// subtraction borrows only from above a byte that is itself too small ("Bit Twiddling Hacks",
/// "Determine if a word has a byte less than n").
fn marks(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let less = |word: u64, n: u8| word.wrapping_sub(ONES * u64::from(n)) & !word;
    let is = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    (less(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=127 {
            for place in 0..20 {
                let mut bytes = [b'z'; 20];
                bytes[place] = byte;
                let special = byte < 32 || byte == b'"' || byte == b'\\';
                let expected = special.then_some(place);
                assert_eq!(first_to_escape(&bytes), expected, "{byte} at {place}");
                bytes[place..].fill(byte);
                assert_eq!(first_to_escape(&bytes), expected, "{byte} from {place}");
            }
        }
    }

    #[test]
    fn what_json_wants_escaped_is() {
        let mut out = Vec::new();
        string("a\"b\\c\n\u{1}\u{1f} \u{7f}é✈", &mut out);
        let expected = r#""a\"b\\c\n\u0001\u001f é✈""#.replace(" é", " \u{7f}é");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
