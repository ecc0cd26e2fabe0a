//! Converts chunks between two tasks of a stage.

use bubbles_pipeline::Conversion;
use thiserror::Error;

use super::FormatError;
use super::to_arrow::ToArrow;
use super::to_json;

/// Why a chunk was not converted; `E` is the failure of whoever takes it.
#[derive(Debug, Error)]
pub(crate) enum ConvertError<E> {
    /// What it became was not taken.
    #[error("a converted chunk was not taken")]
    Out(E),
    /// The chunk is malformed.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Converts one task's input, chunk by chunk, over one attempt.
#[derive(Debug)]
pub(crate) struct Converter {
    direction: Direction,
}

#[derive(Debug)]
enum Direction {
    ToArrow(Box<ToArrow>),
    ToJson { lines: Vec<u8> },
}

impl Converter {
    /// A converter that has seen nothing yet.
    pub(crate) fn new(conversion: Conversion) -> Self {
        let direction = match conversion {
            Conversion::JsonToArrow => Direction::ToArrow(Box::default()),
            Conversion::ArrowToJson => Direction::ToJson { lines: Vec::new() },
        };
        Self { direction }
    }

    /// Hands what the chunk becomes to `out`, in chunks of about 1 MiB; nothing
    /// for a chunk without rows. An error of the chunk comes before anything is
    /// handed out, and the next chunk can be converted all the same.
    pub(crate) fn convert<E>(
        &mut self,
        chunk: &[u8],
        out: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), ConvertError<E>> {
        match &mut self.direction {
            Direction::ToArrow(to_arrow) => {
                let chunks = to_arrow.convert(chunk)?;
                let mut taken = chunks.iter().map(|chunk| out(chunk));
                taken.try_for_each(|taken| taken.map_err(ConvertError::Out))
            }
            Direction::ToJson { lines } => to_json::convert(chunk, lines, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        Array, ArrayRef, BinaryArray, Date32Array, DictionaryArray, Float64Array, Int64Array,
        RecordBatch, TimestampMicrosecondArray,
    };
    use arrow_schema::DataType;
    use bubbles_pipeline::Conversion::{ArrowToJson, JsonToArrow};
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
    use serde_json::{Map, Value, json};

    use super::super::ipc::{decode, encode};
    use super::super::{CHUNK_BYTES, lines};
    use super::{ConvertError, Converter, FormatError};

    fn convert(converter: &mut Converter, chunk: &[u8]) -> Result<Vec<Vec<u8>>, FormatError> {
        let mut chunks = Vec::new();
        let mut keep = |chunk: &[u8]| {
            chunks.push(chunk.to_vec());
            Ok::<_, Infallible>(())
        };
        converter
            .convert(chunk, &mut keep)
            .map_err(|error| match error {
                ConvertError::Format(error) => error,
                ConvertError::Out(never) => match never {},
            })?;
        Ok(chunks)
    }

    fn text(rows: &[Value]) -> Vec<u8> {
        rows.iter()
            .flat_map(|row| format!("{row}\n").into_bytes())
            .collect()
    }

    fn values(chunks: &[Vec<u8>]) -> Vec<Value> {
        let lines = chunks.iter().flat_map(|chunk| lines(chunk));
        lines
            .map(|(_, line)| serde_json::from_slice(line).unwrap())
            .collect()
    }

    fn batch(converter: &mut Converter, rows: &[Value]) -> RecordBatch {
        let chunks = convert(converter, &text(rows)).unwrap();
        let mut batches = decode(&chunks[0]).unwrap().batches;
        assert_eq!((chunks.len(), batches.len()), (1, 1));
        batches.remove(0)
    }

    fn there_and_back(converter: &mut Converter, rows: &[Value]) -> Vec<Value> {
        let mut back = Converter::new(ArrowToJson);
        let arrow = convert(converter, &text(rows)).unwrap();
        values(
            &arrow
                .iter()
                .flat_map(|chunk| convert(&mut back, chunk).unwrap())
                .collect::<Vec<_>>(),
        )
    }

    /// What a value is after a visit to arrow: fields that are null are there.
    fn without_nulls(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(_, value)| !value.is_null());
                let kept = kept.map(|(name, value)| (name.clone(), without_nulls(value)));
                let mut kept: Vec<_> = kept.collect();
                kept.sort_by(|(a, _), (b, _)| a.cmp(b));
                Value::Object(kept.into_iter().collect::<Map<_, _>>())
            }
            Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
            value => value.clone(),
        }
    }

    /// Rows whose fields each keep to one kind of value.
    fn rows() -> impl Strategy<Value = Vec<Value>> {
        fn maybe(
            value: impl Strategy<Value = Value> + 'static,
        ) -> prop::strategy::BoxedStrategy<Value> {
            prop::strategy::Union::new_weighted(vec![
                (4, value.boxed()),
                (1, Just(Value::Null).boxed()),
            ])
            .boxed()
        }
        let float = any::<f64>().prop_filter("finite", |float| float.is_finite());
        let object = (
            maybe(any::<i64>().prop_map(Value::from)),
            maybe(any::<String>().prop_map(Value::from)),
        )
            .prop_map(|(n, s)| json!({ "n": n, "s": s }));
        let row = (
            maybe(any::<bool>().prop_map(Value::from)),
            maybe(any::<i64>().prop_map(Value::from)),
            maybe(float.prop_map(|float| json!(float + 0.5))),
            maybe(any::<String>().prop_map(Value::from)),
            maybe(
                prop::collection::vec(maybe(any::<i32>().prop_map(Value::from)), 0..4)
                    .prop_map(Value::from),
            ),
            maybe(prop::collection::vec(maybe(object.clone()), 0..3).prop_map(Value::from)),
            maybe(object),
            any::<u8>(),
        );
        let row = row.prop_map(|(flag, int, float, text, list, objects, object, absent)| {
            let fields = json!({ "flag": flag, "int": int, "a \"float\"": float, "text": text,
                "list": list, "objects": objects, "object": object });
            let Value::Object(fields) = fields else {
                unreachable!()
            };
            let kept = fields
                .into_iter()
                .enumerate()
                .filter(|(at, _)| absent & (1 << at) == 0);
            Value::Object(kept.map(|(_, field)| field).collect())
        });
        prop::collection::vec(row, 0..30)
    }

    proptest! {
        #[test]
        fn json_survives_a_visit_to_arrow(chunks in prop::collection::vec(rows(), 1..4)) {
            let mut converter = Converter::new(JsonToArrow);
            for rows in chunks {
                let back = there_and_back(&mut converter, &rows);
                let expected: Vec<_> = rows.iter().map(without_nulls).collect();
                prop_assert_eq!(back.iter().map(without_nulls).collect::<Vec<_>>(), expected);
            }
        }

        #[test]
        fn arrow_survives_a_visit_to_json(
            ints in prop::collection::vec(any::<Option<i64>>(), 1..200),
            seed in any::<u64>(),
        ) {
            let floats: Vec<_> = ints.iter().map(|int| int.map(|int| (int ^ seed as i64) as f64 / 7.0 + 0.1)).collect();
            let texts: Vec<_> = ints.iter().map(|int| int.map(|int| format!("{:?}\u{1}", int.to_string()))).collect();
            let columns: [(_, ArrayRef, _); 3] = [
                ("int", Arc::new(Int64Array::from(ints)), true),
                ("float", Arc::new(Float64Array::from(floats)), true),
                ("text", Arc::new(arrow_array::StringArray::from(texts)), true),
            ];
            let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
            let stream = encode(&batch.schema(), std::slice::from_ref(&batch)).unwrap();
            let json = convert(&mut Converter::new(ArrowToJson), &stream).unwrap();
            let back = convert(&mut Converter::new(JsonToArrow), &json.concat()).unwrap();
            let back = decode(&back[0]).unwrap().batches.remove(0);
            for (column, other) in batch.columns().iter().zip(back.columns()) {
                prop_assert!(other.data_type() == &DataType::Null || column == other);
            }
        }
    }

    #[test]
    fn types_widen_and_stay_wide() {
        let mut converter = Converter::new(JsonToArrow);
        let types = |batch: RecordBatch| -> Vec<_> {
            let fields = batch.schema().fields().clone();
            assert!(fields.iter().all(|field| field.is_nullable()));
            fields
                .iter()
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect()
        };
        let named = |name: &str, data_type| (name.to_owned(), data_type);
        let first = types(batch(&mut converter, &[json!({ "a": 1, "b": null })]));
        assert_eq!(
            first,
            [named("a", DataType::Int64), named("b", DataType::Null)]
        );
        let second = types(batch(
            &mut converter,
            &[json!({ "a": 1 }), json!({ "c": true, "a": 1.5 })],
        ));
        let expected = [
            named("a", DataType::Float64),
            named("b", DataType::Null),
            named("c", DataType::Boolean),
        ];
        assert_eq!(second, expected);
        let third = types(batch(&mut converter, &[json!({ "a": 2, "c": "x" })]));
        assert_eq!(third[0].1, DataType::Float64);
        assert_eq!(third[2].1, DataType::Utf8);
    }

    #[test]
    fn scalars_of_several_kinds_become_texts() {
        let rows = [
            json!({ "a": null }),
            json!({ "a": true }),
            json!({ "a": 1 }),
            json!({ "a": 2.5 }),
            json!({ "a": "x" }),
        ];
        let texts = [
            json!(null),
            json!("true"),
            json!("1"),
            json!("2.5"),
            json!("x"),
        ];
        let back = there_and_back(&mut Converter::new(JsonToArrow), &rows);
        assert_eq!(back, texts.map(|text| json!({ "a": text })));
        let rows = [
            json!({ "a": 7 }),
            json!({ "a": 1.0e-9 }),
            json!({ "a": null }),
            json!({ "a": false }),
        ];
        let texts = [json!("7.0"), json!("1e-9"), json!(null), json!("false")];
        let back = there_and_back(&mut Converter::new(JsonToArrow), &rows);
        assert_eq!(back, texts.map(|text| json!({ "a": text })));
        let large = [json!({ "a": u64::MAX }), json!({ "a": -1 })];
        assert_eq!(
            batch(&mut Converter::new(JsonToArrow), &large)
                .column(0)
                .data_type(),
            &DataType::Float64
        );
    }

    #[test]
    fn a_refused_chunk_leaves_no_trace() {
        let mut converter = Converter::new(JsonToArrow);
        for (lines, expected) in [
            (
                "{\"a\":{\"b\":1}}\nnot json\n",
                "line 2 of the chunk is not a json object: expected ident at line 1 column 2: not json",
            ),
            (
                "{\"a\":{\"b\":1}}\n\n{\"a\":{\"b\":[1]}}",
                "line 3 of the chunk, field `a.b`: it is an array here and was a number before, and one arrow column cannot hold both",
            ),
            (
                "{\"a\":{\"b\":1,\"b\":2}}",
                "line 1 of the chunk, field `a.b`: it is given twice in one object",
            ),
            (
                "[1]\n",
                "line 1 of the chunk is not a json object: invalid type: sequence, expected an object at line 1 column 0: [1]",
            ),
            ("{\"a\":{\"b\":1}} 2", "trailing characters"),
            ("{\"a\":{\"b\":1}", "EOF while parsing an object"),
        ] {
            let message = convert(&mut converter, lines.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{message}");
        }
        assert!(convert(&mut converter, b"{\"a\":\xff}").is_err());
        let rows = [json!({ "a": { "b": 5 } })];
        assert_eq!(there_and_back(&mut converter, &rows), rows);
    }

    #[test]
    fn rows_of_any_shape_stay_within_bounds() {
        let mut converter = Converter::new(JsonToArrow);
        let deep = format!("{}1{}", "{\"a\":".repeat(25), "}".repeat(25));
        assert!(
            convert(&mut converter, deep.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("24 deep")
        );
        let deep = format!("{}1{}", "{\"a\":".repeat(24), "}".repeat(24));
        decode(&convert(&mut converter, deep.as_bytes()).unwrap()[0]).unwrap();
        let ids: Vec<_> = (0..10_001).map(|id| format!("\"id{id}\":1")).collect();
        let error = convert(
            &mut Converter::new(JsonToArrow),
            format!("{{{}}}", ids.join(",")).as_bytes(),
        );
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("field `id10000`: it is one field too many"),
            "{message}"
        );
        let ids: Vec<_> = ids.iter().map(|field| format!("{{{field}}}\n")).collect();
        let error = convert(&mut Converter::new(JsonToArrow), ids.concat().as_bytes());
        let message = error.unwrap_err().to_string();
        assert!(message.contains("rows this different"), "{message}");
        let wide: String = (0..5_000).map(|id| format!("\"id{id}\":1,")).collect();
        let sparse = format!("{{\"a\":[{{{wide}\"z\":1}}{}]}}", ",{}".repeat(100_000));
        let error = convert(&mut Converter::new(JsonToArrow), sparse.as_bytes()).unwrap_err();
        assert!(
            error.to_string().contains("field `a`: rows this different"),
            "{error}"
        );
    }

    #[test]
    fn chunks_stay_about_a_mebibyte() {
        let rows: Vec<_> = (0..200_000)
            .map(|n| json!({ "number": n, "text": format!("row {n}") }))
            .collect();
        let arrow = convert(&mut Converter::new(JsonToArrow), &text(&rows)).unwrap();
        assert!(arrow.len() > 4 && arrow.iter().all(|chunk| chunk.len() < 2 * CHUNK_BYTES));
        let mut back = Converter::new(ArrowToJson);
        let json: Vec<_> = arrow
            .iter()
            .flat_map(|chunk| convert(&mut back, chunk).unwrap())
            .collect();
        assert!(json.iter().all(|chunk| chunk.len() < CHUNK_BYTES + 100));
        assert_eq!(values(&json), rows);
    }

    #[test]
    fn arrow_types_become_readable_json() {
        let words: DictionaryArray<Int32Type> = ["UA", "AA"].into_iter().collect();
        let columns: [(_, ArrayRef); 4] = [
            ("day", Arc::new(Date32Array::from(vec![15_706, 0]))),
            (
                "time",
                Arc::new(TimestampMicrosecondArray::from(vec![
                    1_357_020_000_000_000,
                    1,
                ])),
            ),
            ("carrier", Arc::new(words)),
            (
                "raw",
                Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..], b""])),
            ),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let stream = encode(&batch.schema(), &[batch]).unwrap();
        let json = convert(&mut Converter::new(ArrowToJson), &stream).unwrap();
        let expected = "{\"day\":\"2013-01-01\",\"time\":\"2013-01-01T06:00:00\",\"carrier\":\"UA\",\"raw\":\"00ff\"}\n\
            {\"day\":\"1970-01-01\",\"time\":\"1970-01-01T00:00:00.000001\",\"carrier\":\"AA\",\"raw\":\"\"}\n";
        assert_eq!(String::from_utf8(json.concat()).unwrap(), expected);
    }

    #[test]
    fn who_takes_the_output_may_stop() {
        let mut converter = Converter::new(JsonToArrow);
        let stopped = converter.convert(b"{\"a\":1}\n", &mut |_| Err("stop"));
        assert!(matches!(stopped, Err(ConvertError::Out("stop"))));
    }
}
