//! Gives each flight the name of its airline: the first input has the airlines, the second the flights.

use std::collections::HashMap;

use bubbles_sdk as bubbles;
use bubbles_sdk::rows::{self, Writer};
use bubbles_sdk::{Context, Error, Format, NoConfig, Transform};

#[bubbles::row]
struct Airline {
    carrier: String,
    name: String,
}

#[bubbles::row]
struct Flight {
    carrier: String,
    flight: i64,
}

#[bubbles::row]
struct NamedFlight {
    flight: i64,
    airline: Option<String>,
}

struct Named {
    names: HashMap<String, String>,
    writer: Writer,
}

impl Transform for Named {
    type Config = NoConfig;
    const SUMMARY: &'static str = "gives each flight the name of its airline";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];
    const PRODUCES: Format = Format::Arrow;

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self {
            names: HashMap::new(),
            writer: Writer::new::<NamedFlight>()?,
        })
    }

    fn process(&mut self, input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        if input == 0 {
            return rows::for_each(chunk, |airline: Airline| {
                self.names.insert(airline.carrier, airline.name);
                Ok(())
            });
        }
        rows::for_each(chunk, |Flight { carrier, flight }| {
            let airline = self.names.get(&carrier).cloned();
            let named = NamedFlight { flight, airline };
            self.writer.push(&named).map_err(|error| error.to_string())
        })
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.writer.finish()
    }
}

bubbles_sdk::export!(transform: Named);
