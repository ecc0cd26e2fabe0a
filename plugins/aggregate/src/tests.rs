//! Whole runs: one phase, two phases, all types.

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{Float64Type, Int64Type};
use bubbles_sdk::arrow::array::{
    BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    LargeStringArray, NullArray, StringArray, UInt64Array,
};
use bubbles_sdk::testing;

use super::*;

fn chunk(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    arrow::encode(
        &RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap(),
    )
}

fn flights(carriers: &[Option<&str>], delays: &[Option<f64>]) -> Vec<u8> {
    chunk(vec![
        ("carrier", Arc::new(StringArray::from(carriers.to_vec()))),
        ("delay", Arc::new(Float64Array::from(delays.to_vec()))),
    ])
}

fn run(config: &str, chunks: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Error> {
    let outcome = testing::transform::<Aggregate>(config, chunks)?;
    Ok(outcome.bytes())
}

fn phase(config: &str, phase: Phase, chunks: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let context = Context {
        phase,
        ..Context::default()
    };
    let chunks = chunks.into_iter().map(|chunk| (0, chunk));
    testing::transform_inputs::<Aggregate>(config, context, chunks)
        .unwrap()
        .chunks
}

fn only(chunk: Vec<u8>) -> RecordBatch {
    let mut batches = arrow::decode(chunk).unwrap();
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

const BY_CARRIER: &str = r#"{
    "group-by": ["carrier"], "count": "flights", "sum": ["delay"], "min": ["delay"],
    "max": ["delay"], "mean": ["delay"]
}"#;

#[test]
fn by_a_key_nulls_as_in_sql() {
    let chunks = [
        flights(
            &[Some("UA"), Some("AA"), None],
            &[Some(10.0), None, Some(1.0)],
        ),
        flights(
            &[Some("UA"), Some("AA"), Some("UA")],
            &[Some(-2.5), None, None],
        ),
    ];
    let batch = only(run(BY_CARRIER, chunks).unwrap());
    let names: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    let expected = [
        "carrier",
        "flights",
        "delay_sum",
        "delay_min",
        "delay_max",
        "delay_mean",
    ];
    assert_eq!(names, expected);
    let carriers: Vec<_> = batch.column(0).as_string::<i32>().iter().collect();
    assert_eq!(carriers, [Some("AA"), Some("UA"), None]);
    assert_eq!(
        batch.column(1).as_primitive::<Int64Type>().values(),
        &[2, 3, 1]
    );
    let floats = |index: usize| {
        batch
            .column(index)
            .as_primitive::<Float64Type>()
            .iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(floats(2), [None, Some(7.5), Some(1.0)]);
    assert_eq!(floats(3), [None, Some(-2.5), Some(1.0)]);
    assert_eq!(floats(4), [None, Some(10.0), Some(1.0)]);
    assert_eq!(floats(5), [None, Some(3.75), Some(1.0)]);
}

#[test]
fn two_phases_give_the_bytes_of_one_in_any_order() {
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(99);
        state >> 33
    };
    let carriers = ["UA", "AA", "B6", "DL", "WN"];
    let mut chunks: Vec<Vec<u8>> = (0..20)
        .map(|_| {
            let rows: Vec<(Option<&str>, Option<f64>)> = (0..500)
                .map(|_| {
                    let carrier = carriers.get(random() as usize % 6).copied();
                    let delay = (random() % 9 > 0).then(|| random() as f64 / 7.0 - 1e8);
                    (carrier, delay)
                })
                .collect();
            let (carriers, delays): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            flights(&carriers, &delays)
        })
        .collect();
    let whole = run(BY_CARRIER, chunks.clone()).unwrap();
    chunks.reverse();
    let mut parts: Vec<Vec<u8>> = chunks
        .chunks(3)
        .flat_map(|some| phase(BY_CARRIER, Phase::Partial, some.to_vec()))
        .collect();
    let forward = phase(BY_CARRIER, Phase::Final, parts.clone());
    parts.rotate_left(3);
    let rotated = phase(BY_CARRIER, Phase::Final, parts);
    assert!(forward.concat() == whole && rotated.concat() == whole);
}

#[test]
fn all_types_keep_theirs() {
    let columns = || -> Vec<(&'static str, ArrayRef)> {
        let money = Decimal128Array::from(vec![Some(125), None, Some(-25)]);
        vec![
            (
                "int",
                Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])),
            ),
            (
                "big",
                Arc::new(UInt64Array::from(vec![Some(7), Some(8), None])),
            ),
            (
                "day",
                Arc::new(Date32Array::from(vec![Some(9), Some(5), None])),
            ),
            (
                "word",
                Arc::new(LargeStringArray::from(vec![Some("b"), None, Some("a")])),
            ),
            (
                "flag",
                Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
            ),
            (
                "money",
                Arc::new(money.with_precision_and_scale(9, 2).unwrap()),
            ),
            ("nothing", Arc::new(NullArray::new(3))),
        ]
    };
    let config = r#"{
        "sum": ["int", "big", "money", "nothing"],
        "min": ["int", "day", "word", "flag", "money", "nothing"],
        "max": {"latest": "day"}, "mean": ["int", "money"]
    }"#;
    let whole = run(config, [chunk(columns())]).unwrap();
    let parts = phase(config, Phase::Partial, vec![chunk(columns())]);
    assert!(phase(config, Phase::Final, parts).concat() == whole);
    let batch = only(whole);
    let text = |name: &str| {
        let column = batch.column_by_name(name).unwrap();
        let mut value = Vec::new();
        bubbles_arrow_json::Encoder::new(column)
            .unwrap()
            .encode_or_null(0, &mut value);
        let value = String::from_utf8(value).unwrap();
        format!("{} {value}", column.data_type())
    };
    for (name, expected) in [
        ("int_sum", "Int64 4"),
        ("big_sum", "UInt64 15"),
        ("money_sum", "Decimal128(38, 2) 1.00"),
        ("nothing_sum", "Float64 null"),
        ("int_min", "Int32 1"),
        ("day_min", "Date32 \"1970-01-06\""),
        ("word_min", "Utf8 \"a\""),
        ("flag_min", "Boolean false"),
        ("money_min", "Decimal128(9, 2) -0.25"),
        ("latest", "Date32 \"1970-01-10\""),
        ("int_mean", "Float64 2.0"),
        ("money_mean", "Float64 0.5"),
    ] {
        assert_eq!(text(name), expected, "{name}");
    }
}

#[test]
fn several_keys_of_several_types() {
    let columns = vec![
        (
            "year",
            Arc::new(Int64Array::from(vec![2014, 2013, 2014, 2013])) as ArrayRef,
        ),
        (
            "flag",
            Arc::new(BooleanArray::from(vec![true, true, true, false])),
        ),
    ];
    let config = r#"{"group-by": ["year", "flag"], "count": "n"}"#;
    let batch = only(run(config, [chunk(columns)]).unwrap());
    assert_eq!(
        batch.column(0).as_primitive::<Int64Type>().values(),
        &[2013, 2013, 2014]
    );
    let flags: Vec<_> = batch.column(1).as_boolean().iter().flatten().collect();
    assert_eq!(flags, [false, true, true]);
    assert_eq!(
        batch.column(2).as_primitive::<Int64Type>().values(),
        &[1, 1, 2]
    );
}

#[test]
fn no_rows_without_keys_are_one_row() {
    let config = r#"{"count": "n", "sum": ["delay"]}"#;
    let batch = only(run(config, []).unwrap());
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[0]);
    assert!(batch.column(1).is_null(0));
    assert!(run(BY_CARRIER, []).unwrap().is_empty());
    let (schema, batches) =
        arrow::decode_with_schema(run(BY_CARRIER, [flights(&[], &[])]).unwrap()).unwrap();
    assert_eq!(schema.fields().len(), 6);
    assert!(batches.is_empty() || batches[0].num_rows() == 0);
}

#[test]
fn whole_numbers_do_not_wrap() {
    let column = chunk(vec![("n", Arc::new(Int64Array::from(vec![i64::MAX, 1])))]);
    let error = run(r#"{"sum": ["n"]}"#, [column.clone()]).unwrap_err();
    assert!(error.message().contains("n_sum"), "{error}");
    let batch = only(run(r#"{"mean": ["n"]}"#, [column]).unwrap());
    assert_eq!(
        batch.column(0).as_primitive::<Float64Type>().value(0),
        2f64.powi(62)
    );
}

#[test]
fn whole_numbers_in_one_chunk_and_fractions_in_the_next() {
    let integers = chunk(vec![(
        "n",
        Arc::new(Int64Array::from(vec![3, i64::MAX])) as ArrayRef,
    )]);
    let floats = chunk(vec![(
        "n",
        Arc::new(Float64Array::from(vec![0.5])) as ArrayRef,
    )]);
    let config = r#"{"sum": ["n"], "max": ["n"]}"#;
    let one = run(config, [integers.clone(), floats.clone()]).unwrap();
    let other = run(config, [floats, integers]).unwrap();
    assert_eq!(only(one.clone()), only(other));
    assert_eq!(
        only(one).column(0).as_primitive::<Float64Type>().value(0),
        2f64.powi(63)
    );
}

#[test]
fn what_cannot_be_is_named() {
    let words = || flights(&[Some("UA")], &[Some(1.0)]);
    let message = |config| run(config, [words()]).unwrap_err().to_string();
    let missing = message(r#"{"mean": ["arr_delay"]}"#);
    assert_eq!(
        missing,
        "no column `arr_delay` to take the mean of: the input has `carrier`, `delay`"
    );
    assert!(message(r#"{"sum": ["carrier"]}"#).contains("`carrier` holds Utf8"));
    let both = chunk(vec![(
        "carrier",
        Arc::new(Int64Array::from(vec![1])) as ArrayRef,
    )]);
    let config = r#"{"group-by": ["carrier"]}"#;
    let error = run(config, [words(), both]).unwrap_err();
    assert!(
        error.message().contains("Utf8 in one chunk and Int64"),
        "{error}"
    );
}

#[test]
fn a_big_partial_phase_emits_as_it_goes() {
    let keys = |from: i64| {
        let keys = Int64Array::from_iter_values(from..from + 100_000);
        chunk(vec![("key", Arc::new(keys) as ArrayRef)])
    };
    let config = r#"{"group-by": ["key"], "count": "n"}"#;
    let chunks: Vec<Vec<u8>> = (0..8).map(|piece| keys(piece * 50_000)).collect();
    let parts = phase(config, Phase::Partial, chunks);
    assert!(parts.len() > 1);
    let results = phase(config, Phase::Final, parts);
    let batches: Vec<_> = results.into_iter().map(only).collect();
    assert_eq!(
        batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        450_000
    );
    let counts = batches
        .iter()
        .flat_map(|batch| batch.column(1).as_primitive::<Int64Type>().values());
    assert_eq!(counts.sum::<i64>(), 800_000);
}
