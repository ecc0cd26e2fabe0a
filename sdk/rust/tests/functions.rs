//! Functions as transforms, the way a plugin has them.

use std::sync::Arc;

use bubbles_sdk as bubbles;
use bubbles_sdk::arrow::array::{Float64Array, RecordBatch, StringArray};
use bubbles_sdk::{Error, Format, NoConfig, Transform, arrow, testing};

#[bubbles::row]
#[derive(Debug, Clone, PartialEq)]
struct Flight {
    carrier: String,
    arr_delay: Option<f64>,
    day: i32,
}

#[bubbles::row]
#[derive(Debug, PartialEq)]
struct Late {
    carrier: String,
    minutes: i64,
    why: Option<String>,
}

/// What makes a flight late.
#[bubbles::config]
struct Config {
    /// From how many minutes on.
    minutes: f64,
}

mod option {
    use super::*;

    #[bubbles::transform(summary = "keeps the late flights", export = false)]
    pub(super) fn late(config: &Config, flight: Flight) -> Option<Late> {
        let minutes = flight.arr_delay?;
        (minutes > config.minutes).then_some(Late {
            carrier: flight.carrier,
            minutes: minutes as i64,
            why: None,
        })
    }

    #[bubbles::transform(summary = "the same in json", format = "json", export = false)]
    pub(super) fn late_json(config: &Config, flight: Flight) -> Option<Late> {
        late(config, flight)
    }
}

#[bubbles::transform(summary = "every flight twice", export = false)]
fn twice(flight: Flight) -> Vec<Flight> {
    vec![flight.clone(), flight]
}

#[bubbles::transform(summary = "as many as the day", export = false)]
fn days(flight: Flight) -> impl Iterator<Item = Late> {
    (0..i64::from(flight.day)).map(move |minutes| Late {
        carrier: flight.carrier.clone(),
        minutes,
        why: Some(format!("day {minutes}")),
    })
}

#[bubbles::transform(summary = "no odd days", export = false)]
fn even(_: &(), flight: Flight) -> Result<Option<Flight>, String> {
    match flight.day % 2 {
        0 => Ok((flight.day != 0).then_some(flight)),
        _ => Err(format!("day {} is odd", flight.day)),
    }
}

#[bubbles::row]
struct Borrowed<'a> {
    carrier: &'a str,
}

#[bubbles::transform(summary = "copies nothing", export = false)]
fn short(row: Borrowed<'_>) -> Borrowed<'_> {
    Borrowed {
        carrier: &row.carrier[..1],
    }
}

#[bubbles::transform(summary = "keeps the late flights", batches, export = false)]
fn first_two(_: &NoConfig, batch: RecordBatch) -> Result<RecordBatch, Error> {
    if batch.num_columns() == 0 {
        return Err(Error::invalid("no columns"));
    }
    Ok(batch.slice(0, 2))
}

#[bubbles::transform(summary = "shouts", chunks, format = "bytes", export = false)]
fn shout(chunk: &[u8]) -> Vec<u8> {
    chunk.to_ascii_uppercase()
}

fn flights() -> Vec<Flight> {
    let flight = |carrier: &str, arr_delay, day| Flight {
        carrier: carrier.to_owned(),
        arr_delay,
        day,
    };
    vec![
        flight("UA", Some(11.0), 1),
        flight("AA", Some(90.0), 2),
        flight("B6", None, 0),
        flight("DL", Some(61.5), 4),
    ]
}

fn late(carrier: &str, minutes: i64) -> Late {
    Late {
        carrier: carrier.to_owned(),
        minutes,
        why: None,
    }
}

#[test]
fn rows_in_arrow_and_out() {
    let chunk = testing::arrow_chunk(&flights());
    let outcome = testing::transform::<option::late>(r#"{"minutes": 60}"#, [chunk]).unwrap();
    assert_eq!(outcome.rows::<Late>(), [late("AA", 90), late("DL", 61)]);
    assert_eq!(outcome.chunks.len(), 1);
    let schema = outcome.batches()[0].schema();
    let nullable: Vec<bool> = schema
        .fields()
        .iter()
        .map(|field| field.is_nullable())
        .collect();
    assert_eq!(nullable, [false, false, true]);
}

#[test]
fn rows_in_json_and_out() {
    let chunk = || testing::json_chunk(&flights());
    let config = r#"{"minutes": 60}"#;
    let outcome = testing::transform::<option::late>(config, [chunk()]).unwrap();
    assert_eq!(outcome.rows::<Late>(), [late("AA", 90), late("DL", 61)]);
    let outcome = testing::transform::<option::late_json>(config, [chunk(), chunk()]).unwrap();
    assert_eq!(outcome.json::<Late>().len(), 4);
    assert_eq!(option::late_json::PRODUCES, Format::Json);
}

#[test]
fn a_row_that_does_not_read_is_rejected_and_the_rest_goes_on() {
    let lines =
        b"{\"carrier\": \"UA\", \"day\": 1, \"arr_delay\": 90}\n{\"carrier\": 7}\nnot json\n";
    let config = r#"{"minutes": 60}"#;
    let outcome = testing::transform::<option::late>(config, [lines.to_vec()]).unwrap();
    assert_eq!(outcome.rows::<Late>(), [late("UA", 90)]);
    assert_eq!(outcome.rejects.len(), 2);
    assert_eq!(outcome.rejects[0].record, b"{\"carrier\": 7}");
    assert_eq!(outcome.rejects[1].record, b"not json");
}

#[bubbles::row]
struct Loose {
    carrier: Option<String>,
    arr_delay: Option<f64>,
    day: Option<i32>,
    extra: bool,
}

#[test]
fn a_null_where_none_may_be_rejects_the_row() {
    let row = |carrier: Option<&str>| Loose {
        carrier: carrier.map(str::to_owned),
        arr_delay: Some(99.0),
        day: Some(1),
        extra: true,
    };
    let chunk = testing::arrow_chunk(&[row(Some("UA")), row(None), row(Some("DL"))]);
    let outcome = testing::transform::<option::late>(r#"{"minutes": 60}"#, [chunk]).unwrap();
    assert_eq!(outcome.rows::<Late>(), [late("UA", 99), late("DL", 99)]);
    let reject = &outcome.rejects[0];
    let record = r#"{"carrier":null,"arr_delay":99.0,"day":1,"extra":true}"#;
    assert_eq!(String::from_utf8_lossy(&reject.record), record);
    assert!(
        reject.reason.contains("`carrier`") && reject.reason.contains("null"),
        "{reject:?}"
    );
}

#[test]
fn a_column_that_is_not_there_ends_the_job() {
    let batch = RecordBatch::try_from_iter([
        (
            "carrier",
            Arc::new(StringArray::from(vec!["UA"])) as Arc<dyn arrow::array::Array>,
        ),
        ("delay", Arc::new(Float64Array::from(vec![1.0]))),
    ])
    .unwrap();
    let chunk = arrow::encode(&batch);
    let error = testing::transform::<option::late>(r#"{"minutes": 60}"#, [chunk]).unwrap_err();
    let expected = "the row needs a column `day` (a whole number), and the input has only \
                    `carrier`, `delay`";
    assert_eq!(error, Error::Fatal(expected.to_owned()));
}

#[test]
fn none_one_or_many() {
    let chunk = || testing::arrow_chunk(&flights());
    assert_eq!(
        testing::transform::<twice>("{}", [chunk()])
            .unwrap()
            .rows::<Flight>()
            .len(),
        8
    );
    assert_eq!(
        testing::transform::<days>("null", [chunk()])
            .unwrap()
            .rows::<Late>()
            .len(),
        7
    );
}

#[test]
fn a_function_may_reject_its_row() {
    let outcome = testing::transform::<even>("{}", [testing::arrow_chunk(&flights())]).unwrap();
    assert_eq!(outcome.rows::<Flight>().len(), 2);
    assert_eq!(outcome.rejects.len(), 1);
    assert_eq!(outcome.rejects[0].reason, "day 1 is odd");
}

#[test]
fn rows_may_borrow_from_the_chunk() {
    let outcome = testing::transform::<short>("{}", [testing::arrow_chunk(&flights())]).unwrap();
    let batches = outcome.batches();
    let carriers = batches[0]
        .column(0)
        .as_any()
        .downcast_ref::<StringArray>()
        .unwrap();
    assert_eq!(
        carriers.iter().flatten().collect::<Vec<_>>(),
        ["U", "A", "B", "D"]
    );
}

#[test]
fn no_rows_still_have_columns() {
    let outcome = testing::transform::<option::late>(r#"{"minutes": 60}"#, []).unwrap();
    let batches = outcome.batches();
    assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (0, 3));
}

#[bubbles::row]
#[derive(Debug, Clone, PartialEq)]
struct Nested {
    name: String,
    legs: Vec<Leg>,
}

#[bubbles::row]
#[derive(Debug, Clone, PartialEq)]
struct Leg {
    to: String,
    miles: Option<f64>,
}

#[bubbles::transform(summary = "one leg more", export = false)]
fn longer(mut row: Nested) -> Nested {
    row.legs.push(Leg {
        to: "home".to_owned(),
        miles: None,
    });
    row
}

#[test]
fn rows_may_have_parts() {
    let leg = Leg {
        to: "JFK".to_owned(),
        miles: Some(3.5),
    };
    let rows = [
        Nested {
            name: "a".to_owned(),
            legs: vec![leg.clone(), leg],
        },
        Nested {
            name: "b".to_owned(),
            legs: vec![],
        },
    ];
    let outcome = testing::transform::<longer>("{}", [testing::arrow_chunk(&rows)]).unwrap();
    let expected: Vec<Nested> = rows.into_iter().map(longer).collect();
    assert_eq!(outcome.rows::<Nested>(), expected);
}

#[test]
fn batches_and_chunks() {
    let chunk = || testing::arrow_chunk(&flights());
    let outcome = testing::transform::<first_two>("{}", [chunk(), chunk()]).unwrap();
    assert_eq!(outcome.rows::<Flight>().len(), 4);
    let outcome = testing::transform::<shout>("{}", [b"hey".to_vec()]).unwrap();
    assert_eq!(outcome.bytes(), b"HEY");
    assert_eq!(shout::ACCEPTS, [Format::Bytes]);
}

#[test]
fn a_wrong_configuration_is_named() {
    let error = testing::transform::<option::late>(r#"{"minuts": 60}"#, []).unwrap_err();
    assert!(error.message().contains("minuts"), "{error}");
}
