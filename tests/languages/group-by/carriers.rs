//! Counts the flights of each carrier, and tells how late they were and how far they went.

use std::collections::BTreeMap;

use bubbles_sdk as bubbles;
use bubbles_sdk::rows::{self, Writer};
use bubbles_sdk::{Context, Error, Format, NoConfig, Transform};

#[bubbles::row]
struct Flight {
    arr_delay: Option<i64>,
    carrier: String,
    distance: i64,
}

#[bubbles::row]
#[derive(Default)]
struct Carrier {
    carrier: String,
    flights: i64,
    arrived: i64,
    minutes_late: i64,
    farthest: i64,
}

#[derive(Default)]
struct Carriers(BTreeMap<String, Carrier>);

impl Transform for Carriers {
    type Config = NoConfig;
    const SUMMARY: &'static str = "counts the flights of each carrier";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];
    const PRODUCES: Format = Format::Arrow;

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self::default())
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        rows::for_each(chunk, |flight: Flight| {
            let group = self.0.entry(flight.carrier).or_default();
            group.flights += 1;
            group.arrived += i64::from(flight.arr_delay.is_some());
            group.minutes_late += flight.arr_delay.unwrap_or(0);
            group.farthest = group.farthest.max(flight.distance);
            Ok(())
        })
    }

    fn finish(&mut self) -> Result<(), Error> {
        let mut writer = Writer::new::<Carrier>()?;
        for (carrier, group) in std::mem::take(&mut self.0) {
            writer.push(&Carrier { carrier, ..group })?;
        }
        writer.finish()
    }
}

bubbles_sdk::export!(transform: Carriers);
