//! What type a column seems to have.

use crate::columns::is_value;
use crate::table::ColumnType;

/// The narrowest type that holds both a value of type `so_far` and `text`.
pub(crate) fn widened(so_far: Option<ColumnType>, text: &[u8]) -> ColumnType {
    let seen = class(text);
    match so_far {
        None => seen,
        Some(so_far) if so_far == seen => seen,
        Some(ColumnType::Int | ColumnType::Float) if is_number(seen) => ColumnType::Float,
        Some(_) => ColumnType::String,
    }
}

fn is_number(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Int | ColumnType::Float)
}

fn class(text: &[u8]) -> ColumnType {
    if looks_like_a_code(text) {
        return ColumnType::String;
    }
    let is_word = text.first().is_some_and(u8::is_ascii_alphabetic);
    if is_word {
        return match text {
            b"NaN" | b"nan" | b"inf" | b"Inf" => ColumnType::Float,
            _ if text.len() > 1 && is_value(ColumnType::Bool, text) => ColumnType::Bool,
            _ => ColumnType::String,
        };
    }
    let narrowest_first = [
        ColumnType::Int,
        ColumnType::Float,
        ColumnType::Date,
        ColumnType::TimestampUtc,
        ColumnType::Timestamp,
        ColumnType::Time,
    ];
    let fits = narrowest_first
        .into_iter()
        .find(|kind| is_value(*kind, text));
    fits.unwrap_or(ColumnType::String)
}

/// `007` and `+49`: as numbers they would lose what makes them what they are.
fn looks_like_a_code(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'+', ..] => true,
        [b'0', rest @ ..] => !rest.is_empty() && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::{Bool, Date, Float, Int, String, Time, Timestamp, TimestampUtc};

    #[test]
    fn the_narrowest_type_that_holds_all() {
        let cases: [(&[&str], ColumnType); 16] = [
            (&["1", "-20", "0"], Int),
            (&["1", "2.5"], Float),
            (&["2.5", "1"], Float),
            (&["1", "NaN"], Float),
            (&["1", "x"], String),
            (&["10001", "02139"], String),
            (&["0.5", "-0.5"], Float),
            (&["true", "False", "TRUE"], Bool),
            (&["1", "true"], String),
            (&["2013-01-31"], Date),
            (&["2013-01-31", "2013-01-31 10:00"], String),
            (&["2013-01-31 10:00", "2013-01-31T10:00:01"], Timestamp),
            (
                &["2013-01-31T10:00:00Z", "2013-01-31T10:00:00+02:00"],
                TimestampUtc,
            ),
            (&["05:15"], Time),
            (&["99999999999999999999"], Float),
            (&["infinity"], String),
        ];
        for (texts, expected) in cases {
            let found = texts
                .iter()
                .fold(None, |kind, text| Some(widened(kind, text.as_bytes())));
            assert_eq!(found, Some(expected), "{texts:?}");
        }
    }
}
