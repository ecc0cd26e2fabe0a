//! What the runtime itself does with the bytes of a chunk: it counts rows and
//! converts between json and arrow where neighbours in a stage differ.
//!
//! Chunks come from guests: everything here takes any bytes at all, and answers
//! what is malformed with a [`FormatError`].

mod column;
mod converter;
pub(crate) mod ipc;
mod to_arrow;
mod to_json;

use bubbles_pipeline::Format;
use memchr::memchr_iter;
use thiserror::Error;

pub(crate) use column::FieldProblem;
pub(crate) use converter::{ConvertError, Converter};

/// Bytes that the runtime puts into a chunk, about: the size at which chunks
/// still fit into the processor's caches and calls cost next to nothing.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// How much of a bad line an error shows.
const SHOWN_BYTES: usize = 120;

/// What is wrong with a chunk.
#[derive(Debug, Error)]
pub(crate) enum FormatError {
    /// A line of json cannot be read.
    #[error("line {line} of the chunk is not a json object: {reason}: {text}")]
    Json {
        /// Counted from 1, in the chunk.
        line: u64,
        /// What the parser said.
        reason: String,
        /// The line, clipped.
        text: String,
    },
    /// A line of json does not fit into columns.
    #[error("line {line} of the chunk, field `{field}`: {problem}")]
    Field {
        /// Counted from 1, in the chunk.
        line: u64,
        /// The path of the field, with dots.
        field: String,
        /// Why.
        problem: FieldProblem,
    },
    /// The bytes are no arrow stream, or hold what json cannot.
    #[error("the chunk is not a valid arrow stream: {reason}")]
    Arrow {
        /// What the reader said.
        reason: String,
    },
}

impl FormatError {
    pub(crate) fn json(line: u64, text: &[u8], reason: impl ToString) -> Self {
        Self::Json {
            line,
            reason: reason.to_string(),
            text: shown(text),
        }
    }

    pub(crate) fn arrow(reason: impl ToString) -> Self {
        Self::Arrow {
            reason: reason.to_string(),
        }
    }
}

/// How many rows a chunk has; none where the format has no rows. Looks at
/// newlines or message headers only: what they enclose may still be malformed.
pub(crate) fn rows(format: Format, chunk: &[u8]) -> Result<Option<u64>, FormatError> {
    match format {
        Format::Bytes => Ok(None),
        Format::Json => {
            let ended = memchr_iter(b'\n', chunk).count() as u64;
            let open = chunk.last().is_some_and(|last| *last != b'\n');
            Ok(Some(ended + u64::from(open)))
        }
        Format::Arrow => ipc::rows(chunk).map(Some),
    }
}

/// The lines of a chunk of json with their numbers from 1, blank ones left out.
pub(crate) fn lines(chunk: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = chunk;
    let next = move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line)
    };
    let numbered = (1u64..).zip(std::iter::from_fn(next));
    numbered.filter(|(_, line)| !line.trim_ascii().is_empty())
}

/// The start of a line, fit to be shown.
fn shown(text: &[u8]) -> String {
    let clipped = &text[..text.len().min(SHOWN_BYTES)];
    let rest = if clipped.len() < text.len() {
        "…"
    } else {
        ""
    };
    let printable = String::from_utf8_lossy(clipped);
    printable
        .trim_end()
        .chars()
        .flat_map(escaped)
        .chain(rest.chars())
        .collect()
}

/// Control characters in a message could fool a terminal.
fn escaped(char: char) -> impl Iterator<Item = char> {
    let escape = char.is_control().then(|| char.escape_default());
    let plain = escape.is_none().then_some(char);
    escape.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use bubbles_pipeline::Format;

    use super::{FormatError, lines, rows};

    #[test]
    fn json_rows_are_lines() {
        for (text, count) in [
            ("", 0),
            ("{}", 1),
            ("{}\n", 1),
            ("{}\n{}", 2),
            ("{}\n{}\n", 2),
        ] {
            assert_eq!(
                rows(Format::Json, text.as_bytes()).unwrap(),
                Some(count),
                "{text:?}"
            );
        }
        assert_eq!(rows(Format::Bytes, b"a\nb\n").unwrap(), None);
    }

    #[test]
    fn lines_keep_their_numbers() {
        let lines: Vec<_> = lines(b"a\n\n \r\nb").collect();
        assert_eq!(lines, [(1, &b"a"[..]), (4, &b"b"[..])]);
    }

    #[test]
    fn a_bad_line_is_shown_clipped_and_harmless() {
        let line = [&b"\x1b[31m\xff"[..], &[b'x'; 1_000]].concat();
        let message = FormatError::json(7, &line, "expected value").to_string();
        assert!(
            message.starts_with(
                "line 7 of the chunk is not a json object: expected value: \\u{1b}[31m"
            )
        );
        assert!(message.len() < 250 && message.ends_with("x…"), "{message}");
    }
}
