//! Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.

use bubbles_sdk as bubbles;

#[bubbles::config]
struct Config {
    carrier: String,
    miles: Option<f64>,
}

#[bubbles::row]
struct Flight {
    day: i64,
    carrier: String,
    flight: i64,
    distance: f64,
}

#[bubbles::row]
struct Kept {
    flight: i64,
    day: i64,
}

#[bubbles::transform(summary = "keeps the flights of one carrier")]
fn carrier(config: &Config, flight: Flight) -> Option<Kept> {
    let wanted = flight.carrier == config.carrier && flight.distance >= config.miles.unwrap_or(0.0);
    wanted.then_some(Kept {
        flight: flight.flight,
        day: flight.day,
    })
}
