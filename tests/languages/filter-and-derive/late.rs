//! Keeps the flights that came in late, and says how late and how fast they were.

use bubbles_sdk as bubbles;

#[bubbles::config]
struct Config {
    minutes: f64,
}

#[bubbles::row]
struct Flight {
    year: i64,
    month: i64,
    day: i64,
    arr_delay: Option<i32>,
    carrier: String,
    flight: i64,
    origin: String,
    dest: String,
    air_time: Option<i32>,
    distance: i32,
}

#[bubbles::row]
struct Late {
    date: String,
    carrier: String,
    flight: i64,
    route: String,
    arr_delay: i32,
    delay: String,
    miles_a_minute: Option<f64>,
}

#[bubbles::transform(summary = "keeps the late flights")]
fn late(config: &Config, flight: Flight) -> Option<Late> {
    let arr_delay = flight
        .arr_delay
        .filter(|it| f64::from(*it) > config.minutes)?;
    Some(Late {
        date: format!("{:04}-{:02}-{:02}", flight.year, flight.month, flight.day),
        carrier: flight.carrier,
        flight: flight.flight,
        route: format!("{}-{}", flight.origin, flight.dest),
        arr_delay,
        delay: class(arr_delay).to_owned(),
        // Half a mile is added so that no language writes the quotient as a whole number.
        miles_a_minute: flight
            .air_time
            .map(|minutes| (f64::from(flight.distance) + 0.5) / f64::from(minutes)),
    })
}

fn class(minutes: i32) -> &'static str {
    match minutes {
        ..120 => "short",
        120..300 => "long",
        _ => "very long",
    }
}
