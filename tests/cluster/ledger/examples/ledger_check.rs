//! Hands rows on as they are, after an exchange, and fails the job where one of them is not sound.

#[path = "lines/read.rs"]
mod read;
#[path = "lines/write.rs"]
mod write;

use std::thread;
use std::time::Duration;

use bubbles_sdk::{Context, Error, Format, Transform};
use read::sound_rows;
use write::Writer;

/// What is configured.
#[bubbles_sdk::config]
#[serde(rename_all = "kebab-case")]
struct Config {
    /// How long a partition takes: the first number for the first one, and so on in turn.
    #[serde(default)]
    work_ms: Vec<u32>,
}

/// The task.
struct Check {
    writer: Writer,
    work: Duration,
    attempt: u32,
}

impl Transform for Check {
    type Config = Config;
    const SUMMARY: &'static str = "hands sound rows on and fails at any other";
    const ACCEPTS: &'static [Format] = &[Format::Json];
    const PRODUCES: Format = Format::Json;

    fn open(config: Config, context: Context) -> Result<Self, Error> {
        let turn = usize::try_from(context.split).unwrap_or_default() % config.work_ms.len().max(1);
        let milliseconds = config.work_ms.get(turn).copied().unwrap_or_default();
        Ok(Self {
            writer: Writer::default(),
            work: Duration::from_millis(milliseconds.into()),
            attempt: context.attempt,
        })
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for row in sound_rows(&chunk) {
            let mut row = row?;
            row.writer = self.attempt;
            self.writer.push(&row)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        thread::sleep(self.work);
        self.writer.finish();
        Ok(())
    }
}

bubbles_sdk::export!(transform: Check);
