//! Numbers the flights, and stumbles in the middle at its first attempt.

use bubbles_sdk as bubbles;
use bubbles_sdk::rows::{self, Writer};
use bubbles_sdk::{Context, Error, Format, NoConfig, Transform};

#[bubbles::row]
struct Flight {
    flight: i64,
}

#[bubbles::row]
struct Numbered {
    number: i64,
    flight: i64,
    attempt: u32,
}

struct Again {
    number: i64,
    attempt: u32,
    writer: Writer,
}

impl Transform for Again {
    type Config = NoConfig;
    const SUMMARY: &'static str = "stumbles at its first attempt";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];
    const PRODUCES: Format = Format::Arrow;

    fn open(_config: NoConfig, context: Context) -> Result<Self, Error> {
        Ok(Self {
            number: 0,
            attempt: context.attempt,
            writer: Writer::new::<Numbered>()?,
        })
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        rows::for_each(chunk, |Flight { flight }| {
            self.number += 1;
            let (number, attempt) = (self.number, self.attempt);
            let row = Numbered {
                number,
                flight,
                attempt,
            };
            self.writer.push(&row).map_err(|error| error.to_string())
        })?;
        if self.attempt == 1 && self.number > 20_000 {
            return Err(Error::transient("not today"));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.writer.finish()
    }
}

bubbles_sdk::export!(transform: Again);
