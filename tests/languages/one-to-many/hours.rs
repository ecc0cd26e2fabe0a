//! Gives a row for each hour that a flight came in late, begun ones too: none, one or many.

use bubbles_sdk as bubbles;

#[bubbles::row]
struct Flight {
    arr_delay: Option<i64>,
    carrier: String,
    flight: i64,
}

#[bubbles::row]
struct Hour {
    carrier: String,
    flight: i64,
    hour: i64,
    minutes: i64,
}

#[bubbles::transform(summary = "gives a row for each hour of delay")]
fn hours(flight: Flight) -> impl Iterator<Item = Hour> {
    let late = flight.arr_delay.unwrap_or(0);
    (0..late)
        .step_by(60)
        .zip(1..)
        .map(move |(passed, hour)| Hour {
            carrier: flight.carrier.clone(),
            flight: flight.flight,
            hour,
            minutes: (late - passed).min(60),
        })
}
