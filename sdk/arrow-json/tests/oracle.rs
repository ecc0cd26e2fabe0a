//! Batches of all types, against what the crate `arrow-json` writes for them.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use arrow_array::{Array, ArrayRef, RecordBatch};
use bubbles_arrow_json::{Encoder, Rows};
use proptest::prelude::*;

#[path = "oracle/arrays.rs"]
mod arrays;
#[path = "oracle/leaves.rs"]
mod leaves;

/// The rows as lines, by this crate.
fn ours(batch: &RecordBatch) -> Vec<u8> {
    let rows = Rows::new(batch).unwrap();
    let mut out = Vec::new();
    for row in 0..batch.num_rows() {
        rows.encode(row, &mut out);
        out.push(b'\n');
    }
    out
}

/// The rows as lines, by the oracle.
fn theirs(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow_json::writer::LineDelimited>(Vec::new());
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner()
}

fn assert_same(column: &ArrayRef) {
    let name = "a \"name\"\n";
    let columns = [(name, column.clone(), true), ("b", column.clone(), true)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let (ours, theirs) = (ours(&batch), theirs(&batch));
    let lines = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8(text.to_vec()).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let (ours, theirs) = (lines(&ours), lines(&theirs));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        if !is_shorter_number(column, ours, theirs) {
            assert_eq!(ours, theirs, "{}", column.data_type());
        }
    }
}

/// The oracle does not always find the shortest digits of a number: -5.39356782279264e18 has one
/// more there. The same numbers in fewer digits are as right.
fn is_shorter_number(column: &ArrayRef, ours: &str, theirs: &str) -> bool {
    let tokens = |text: &str| -> Vec<String> {
        let parts = text.split(|c| ",:[]{}".contains(c));
        parts.map(str::to_owned).collect()
    };
    let number = |text: &str| text.parse::<f64>().ok();
    let same = |(ours, theirs): (String, String)| {
        ours == theirs || (number(&ours).is_some() && number(&ours) == number(&theirs))
    };
    let has_floats = column.data_type().to_string().contains("Float");
    if ours.len() >= theirs.len() {
        return false;
    }
    let (ours, theirs) = (tokens(ours), tokens(theirs));
    has_floats && ours.len() == theirs.len() && ours.into_iter().zip(theirs).all(same)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn values_of_all_types(column in leaves::leaf(20)) {
        assert_same(&column);
        let from = column.len() / 3;
        assert_same(&column.slice(from, column.len() - from));
    }

    #[test]
    fn values_with_parts(column in arrays::nested(8, 2)) {
        assert_same(&column);
        let from = column.len() / 3;
        assert_same(&column.slice(from, column.len() - from));
    }

    #[test]
    fn floats(bits in prop::collection::vec(any::<u64>(), 50), places in 0..12_u32) {
        let decimals = bits.iter().map(|n| {
            (*n as i64 >> (n % 60)) as f64 / f64::from(10_u32.pow(places.min(9)))
        });
        let wild = bits.iter().map(|n| f64::from_bits(*n));
        let near = bits.iter().map(|n| f64::from_bits(1e9_f64.to_bits() - n % 1_000));
        // Eighths of this size lie between two texts of equal length.
        let ties = bits.iter().map(|n| (n >> 11) as f64 / f64::from(8 << places));
        let values = decimals.chain(wild).chain(near).chain(ties);
        let doubles = arrow_array::Float64Array::from_iter_values(values.clone());
        let singles = values.map(|n| n as f32);
        let singles = arrow_array::Float32Array::from_iter_values(singles.map(leaves::not_at_an_end));
        assert_same(&(std::sync::Arc::new(doubles) as ArrayRef));
        assert_same(&(std::sync::Arc::new(singles) as ArrayRef));
    }

    #[test]
    fn big_singles_in_no_more_digits(bits in 24..50_u32, mantissas in prop::collection::vec(0..1_u32 << 23, 50)) {
        for mantissa in mantissas {
            let value = f32::from_bits((bits + 127) << 23 | mantissa);
            let column = arrow_array::Float32Array::from(vec![value]);
            let batch = RecordBatch::try_from_iter([("n", std::sync::Arc::new(column) as ArrayRef)]).unwrap();
            let number = |line: Vec<u8>| String::from_utf8(line).unwrap().trim()[5..].replace('}', "");
            let (ours, theirs) = (number(ours(&batch)), number(theirs(&batch)));
            let digits = |text: &str| {
                let digits = text.split('e').next().unwrap().replace('.', "");
                digits.trim_end_matches('0').len()
            };
            assert_eq!(ours.parse::<f32>().unwrap(), value);
            assert!(ours == theirs || digits(&ours) < digits(&theirs), "{ours}, {theirs}");
        }
    }
}

#[test]
fn the_ends_of_the_calendar() {
    use arrow_array::{Date32Array, Date64Array, TimestampSecondArray};
    let day = 86_400_i64;
    // What `chrono` has: -262143-01-01 to +262142-12-31.
    let (first, last) = (-96_465_292_i32, 95_026_236_i32);
    let days = [
        first - 1,
        first,
        -1,
        0,
        11_016,
        last,
        last + 1,
        i32::MIN,
        i32::MAX,
    ];
    assert_same(&(std::sync::Arc::new(Date32Array::from(days.to_vec())) as ArrayRef));
    let seconds = days.iter().flat_map(|days| {
        let start = i64::from(*days) * day;
        [start, start + day - 1]
    });
    let millis = seconds.clone().map(|n| n * 1_000 + 999);
    let millis = Date64Array::from_iter_values(millis.chain([i64::MIN, i64::MAX]));
    assert_same(&(std::sync::Arc::new(millis) as ArrayRef));
    let seconds: Vec<i64> = seconds.chain([i64::MIN, i64::MAX]).collect();
    let plain = TimestampSecondArray::from(seconds);
    assert_same(&(std::sync::Arc::new(plain) as ArrayRef));
    // A day from the ends: the oracle panics where the clock of a zone is beyond them.
    let within = [first + 1, last - 1].map(|days| i64::from(days) * day + 3_600);
    for zone in ["+00:00", "-23:59", "+2359", "+09"] {
        let zoned = TimestampSecondArray::from(within.to_vec()).with_timezone(zone);
        assert_same(&(std::sync::Arc::new(zoned) as ArrayRef));
    }
}

#[test]
fn powers_of_two_and_their_neighbours() {
    let doubles = (0..2_047_u64).flat_map(|exponent| {
        let bits = exponent << 52;
        [bits.saturating_sub(1), bits, bits + 1].map(f64::from_bits)
    });
    let singles = (0..255_u32).flat_map(|exponent| {
        let bits = exponent << 23;
        [bits.saturating_sub(1), bits, bits + 1].map(f32::from_bits)
    });
    let doubles = arrow_array::Float64Array::from_iter_values(doubles);
    let singles = arrow_array::Float32Array::from_iter_values(singles);
    assert_same(&(std::sync::Arc::new(doubles) as ArrayRef));
    assert_same(&(std::sync::Arc::new(singles) as ArrayRef));
}

#[test]
fn columns_without_fields_and_rows() {
    let column = arrow_array::StructArray::new_empty_fields(3, None);
    assert_same(&(std::sync::Arc::new(column) as ArrayRef));
    let none = arrow_array::Int8Array::from(Vec::<i8>::new());
    assert_same(&(std::sync::Arc::new(none) as ArrayRef));
}

/// What the oracle gets wrong.
mod otherwise {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{DictionaryArray, Int8Array, StringArray, TimestampSecondArray};

    use super::*;

    fn text(column: &dyn Array, row: usize) -> String {
        let mut out = Vec::new();
        Encoder::new(column).unwrap().encode_or_null(row, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_word_that_is_null_is_null() {
        let words = StringArray::from(vec![Some("UA"), None]);
        let keys = Int8Array::from(vec![Some(0), Some(1), None]);
        let column = DictionaryArray::<Int8Type>::new(keys, Arc::new(words));
        let texts = [0, 1, 2].map(|row| text(&column, row));
        assert_eq!(texts, ["\"UA\"", "null", "null"]);
    }

    #[test]
    fn a_time_beyond_the_calendar_is_told_in_json() {
        let column = TimestampSecondArray::from(vec![i64::MAX]).with_timezone("+00:00");
        let message = "Failed to convert 9223372036854775807 to datetime for \
                       Timestamp(s, \"+00:00\")";
        let escaped = message.replace('"', "\\\"");
        assert_eq!(
            text(&column, 0),
            format!("\"ERROR: Cast error: {escaped}\"")
        );
        let mut out = b"kept".to_vec();
        let encoder = Encoder::new(&column).unwrap();
        let error = encoder.encode_unquoted(0, &mut out).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(out, b"kept");
    }

    #[test]
    fn what_json_has_no_form_for_is_named() {
        let column = TimestampSecondArray::from(vec![0]).with_timezone("Europe/Berlin");
        let error = Encoder::new(&column).err().unwrap().to_string();
        assert!(error.contains("\"Europe/Berlin\""), "{error}");
        let fields = arrow_schema::UnionFields::empty();
        let column = arrow_array::UnionArray::try_new(fields, vec![].into(), None, vec![]);
        let error = Encoder::new(&column.unwrap()).err().unwrap().to_string();
        assert!(error.starts_with("Union"), "{error}");
    }
}
