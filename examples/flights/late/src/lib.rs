//! Keeps the flights that came in late, and says how late and how fast they were.

use bubbles_sdk as bubbles;

/// What is configured.
#[bubbles::config]
pub struct Config {
    /// A flight that arrives this many minutes behind its time, and not more, is not late.
    minutes: f64,
}

/// The columns that are read.
#[bubbles::row]
pub struct Flight {
    year: i32,
    month: u32,
    day: u32,
    /// Missing where the flight was cancelled or diverted.
    arr_delay: Option<f64>,
    carrier: String,
    flight: i64,
    origin: String,
    dest: String,
    /// Minutes.
    air_time: Option<f64>,
    /// Miles.
    distance: f64,
}

/// A late flight.
#[bubbles::row]
pub struct Late {
    date: String,
    carrier: String,
    flight: i64,
    route: String,
    arr_delay: f64,
    delay: String,
    speed_mph: Option<f64>,
}

/// One row in, none or one out.
#[bubbles::transform(summary = "keeps the late flights")]
pub fn late(config: &Config, flight: Flight) -> Option<Late> {
    let arr_delay = flight.arr_delay.filter(|delay| *delay > config.minutes)?;
    Some(Late {
        date: format!("{}-{:02}-{:02}", flight.year, flight.month, flight.day),
        carrier: flight.carrier,
        flight: flight.flight,
        route: format!("{}-{}", flight.origin, flight.dest),
        arr_delay,
        delay: class(arr_delay).to_owned(),
        speed_mph: flight
            .air_time
            .map(|minutes| flight.distance / (minutes / 60.0)),
    })
}

fn class(minutes: f64) -> &'static str {
    match minutes {
        ..120.0 => "short",
        120.0..300.0 => "long",
        _ => "very long",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::testing;

    fn flight(arr_delay: Option<f64>) -> Flight {
        Flight {
            year: 2013,
            month: 1,
            day: 9,
            arr_delay,
            carrier: "HA".to_owned(),
            flight: 51,
            origin: "JFK".to_owned(),
            dest: "HNL".to_owned(),
            air_time: Some(640.0),
            distance: 4983.0,
        }
    }

    #[test]
    fn only_late_flights_are_kept() {
        let flights = [None, Some(-10.0), Some(60.0), Some(61.0), Some(1272.0)].map(flight);
        let outcome =
            testing::transform::<late>(r#"{"minutes": 60}"#, [testing::arrow_chunk(&flights)]);
        let kept: Vec<Late> = outcome.unwrap().rows();
        let delays: Vec<f64> = kept.iter().map(|late| late.arr_delay).collect();
        assert_eq!(delays, [61.0, 1272.0]);
        assert_eq!(kept[1].date, "2013-01-09");
        assert_eq!(kept[1].route, "JFK-HNL");
        assert_eq!(kept[1].delay, "very long");
        assert_eq!(kept[1].speed_mph, Some(467.15625));
    }
}
