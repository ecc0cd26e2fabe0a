//! What stands in a field.

/// The text of a field and whether it was quoted. None if text follows the closing quote, or it is
/// missing. Doubled quotes are made single in `scratch`.
pub(crate) fn text<'a>(
    field: &'a [u8],
    quote: Option<u8>,
    scratch: &'a mut Vec<u8>,
) -> Option<(&'a [u8], bool)> {
    match field {
        [first, rest @ ..] if Some(*first) == quote => unquoted(rest, *first, scratch),
        _ => Some((field, false)),
    }
}

fn unquoted<'a>(rest: &'a [u8], quote: u8, scratch: &'a mut Vec<u8>) -> Option<(&'a [u8], bool)> {
    let (last, inner) = rest.split_last()?;
    if *last != quote {
        return None;
    }
    let Some(first_quote) = memchr::memchr(quote, inner) else {
        return Some((inner, true));
    };
    scratch.clear();
    scratch.extend_from_slice(&inner[..first_quote]);
    let mut left = &inner[first_quote..];
    while let [first, after @ ..] = left {
        debug_assert_eq!(*first, quote);
        // Each one inside must be the first of a pair.
        if after.first() != Some(&quote) {
            return None;
        }
        let next = memchr::memchr(quote, &after[1..]).map_or(after.len(), |at| at + 1);
        scratch.extend_from_slice(&after[..next]);
        left = &after[next..];
    }
    Some((scratch, true))
}

/// The field without the carriage return that some systems write before a newline.
#[inline]
pub(crate) fn without_return(last_of_record: &[u8]) -> &[u8] {
    last_of_record.strip_suffix(b"\r").unwrap_or(last_of_record)
}

/// What people see of a value in a message.
pub(crate) fn shown(text: &[u8]) -> String {
    const SHOWN_BYTES: usize = 60;
    let start = String::from_utf8_lossy(&text[..text.len().min(SHOWN_BYTES)]);
    let more = if text.len() > SHOWN_BYTES { " ..." } else { "" };
    format!("{start:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_and_doubled_ones_become_one() {
        let read = |field: &str| {
            text(field.as_bytes(), Some(b'"'), &mut Vec::new())
                .map(|(text, quoted)| (String::from_utf8(text.to_vec()).unwrap(), quoted))
        };
        let some = |text: &str, quoted| Some((text.to_owned(), quoted));
        assert_eq!(read("plain"), some("plain", false));
        assert_eq!(read(""), some("", false));
        assert_eq!(read("\"\""), some("", true));
        assert_eq!(read("\"a,b\""), some("a,b", true));
        assert_eq!(
            read("\"\"\"a\"\" and \"\"b\"\"\""),
            some("\"a\" and \"b\"", true)
        );
        for malformed in ["\"", "\"a", "\"a\"b", "\"a\"b\"", "\"a\"\""] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }
}
