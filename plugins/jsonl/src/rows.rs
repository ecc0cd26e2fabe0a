//! Record batches become lines of JSON.

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use bubbles_files::{Style, ValueText, append};
use bubbles_sdk::Error;

/// Adds the rows of `batch`, a line each.
pub(crate) fn write(batch: &RecordBatch, omit_nulls: bool, out: &mut Vec<u8>) -> Result<(), Error> {
    let values = batch
        .columns()
        .iter()
        .map(ValueText::of)
        .collect::<Result<Option<Vec<_>>, _>>()?;
    match values {
        Some(values) => {
            write_flat(batch, &values, omit_nulls, out);
            Ok(())
        }
        // Lists and structs are rarer, and may be slower.
        None => write_nested(batch, omit_nulls, out),
    }
}

fn write_flat(batch: &RecordBatch, values: &[ValueText], omit_nulls: bool, out: &mut Vec<u8>) {
    let columns: Vec<(Vec<u8>, &ValueText)> = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| key(field.name()))
        .zip(values)
        .collect();
    for row in 0..batch.num_rows() {
        out.push(b'{');
        let start = out.len();
        for (key, values) in &columns {
            if values.is_null(row) {
                if omit_nulls {
                    continue;
                }
                append(out, &key[usize::from(out.len() == start)..]);
                append(out, b"null");
                continue;
            }
            append(out, &key[usize::from(out.len() == start)..]);
            value(values, row, out);
        }
        out.extend_from_slice(b"}\n");
    }
}

/// `,"name":`
fn key(name: &str) -> Vec<u8> {
    let mut key = vec![b','];
    text(name, &mut key);
    key.push(b':');
    key
}

#[inline]
fn value(values: &ValueText, row: usize, out: &mut Vec<u8>) {
    match values.style() {
        Style::Bare => {
            // JSON has no word for what is not a number.
            if !values.write(row, out) {
                append(out, b"null");
            }
        }
        Style::Plain => {
            out.push(b'"');
            values.write(row, out);
            out.push(b'"');
        }
        Style::Text => text(values.text(row), out),
    }
}

#[inline]
fn text(text: &str, out: &mut Vec<u8>) {
    let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    if text.as_bytes().iter().all(plain) {
        out.push(b'"');
        append(out, text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("text can be written to memory");
    }
}

fn write_nested(batch: &RecordBatch, omit_nulls: bool, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(!omit_nulls)
        .build::<_, LineDelimited>(out);
    writer.write(batch)?;
    writer.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray,
        TimestampMicrosecondArray,
    };

    use super::*;

    fn written(columns: Vec<(&str, ArrayRef)>, omit_nulls: bool) -> String {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut out = Vec::new();
        write(&batch, omit_nulls, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn columns() -> Vec<(&'static str, ArrayRef)> {
        vec![
            ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, 2.5]))),
            ("ok", Arc::new(BooleanArray::from(vec![None, Some(true)]))),
            (
                "say \"it\"",
                Arc::new(StringArray::from(vec!["a\\b\n", "é"])),
            ),
            (
                "at",
                Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000])),
            ),
        ]
    }

    #[test]
    fn rows_with_nulls() {
        let expected = "{\"n\":1,\"x\":null,\"ok\":null,\"say \\\"it\\\"\":\"a\\\\b\\n\",\"at\":\"1970-01-01T00:00:00\"}\n\
            {\"n\":null,\"x\":2.5,\"ok\":true,\"say \\\"it\\\"\":\"é\",\"at\":\"1970-01-01T00:00:01.5\"}\n";
        assert_eq!(written(columns(), false), expected);
    }

    #[test]
    fn rows_without_nulls() {
        let lines = written(columns(), true);
        assert!(
            lines
                .lines()
                .nth(1)
                .unwrap()
                .starts_with("{\"x\":2.5,\"ok\":true,"),
            "{lines}"
        );
    }

    #[test]
    fn lists_too() {
        let lists =
            ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
        let lines = written(vec![("l", Arc::new(lists))], false);
        assert_eq!(lines, "{\"l\":[1,null]}\n{\"l\":null}\n");
    }

    #[test]
    fn nothing_is_left_of_a_row_of_omitted_nulls() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![None]));
        assert_eq!(written(vec![("n", column)], true), "{}\n");
    }
}
