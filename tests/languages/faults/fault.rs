//! Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.

use bubbles_sdk as bubbles;
use bubbles_sdk::rows::{self, Writer};
use bubbles_sdk::{Context, Error, Format, Transform, log};

#[bubbles::config]
struct Config {
    fault: String,
}

#[bubbles::row]
struct Flight {
    carrier: String,
    flight: i64,
}

struct Fault {
    fault: String,
    count: u32,
    writer: Writer,
}

impl Transform for Fault {
    type Config = Config;
    const SUMMARY: &'static str = "has trouble with the third flight";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];
    const PRODUCES: Format = Format::Arrow;

    fn open(config: Config, _context: Context) -> Result<Self, Error> {
        Ok(Self {
            fault: config.fault,
            count: 0,
            writer: Writer::new::<Flight>()?,
        })
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        let mut outcome = Ok(());
        rows::for_each(chunk, |flight: Flight| {
            self.count += 1;
            if self.count == 3 {
                log::warn("the third flight");
                outcome = self.third()?;
            } else if outcome.is_ok() {
                outcome = self.writer.push(&flight);
            }
            Ok(())
        })?;
        outcome
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.writer.finish()
    }
}

impl Fault {
    /// The outer error is the reason of a reject.
    fn third(&self) -> Result<Result<(), Error>, String> {
        match self.fault.as_str() {
            "reject" => Err("it is the third".to_owned()),
            "invalid" => Ok(Err(Error::invalid("the third is bad"))),
            "transient" => Ok(Err(Error::transient("the third is not there yet"))),
            "fatal" => Ok(Err(Error::fatal("the third is too much"))),
            _ => panic!("the third is the last"),
        }
    }
}

bubbles_sdk::export!(transform: Fault);
