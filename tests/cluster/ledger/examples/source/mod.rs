//! The source of the ledger, for the guests that differ only in what they promise of it.

use std::thread;
use std::time::Duration;

use bubbles_sdk::{Context, Error, Extract, Format, Source, Split};
use ledger::Shape;

use crate::write::Writer;

/// What is configured.
#[bubbles_sdk::config]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Config {
    /// Splits of the source.
    splits: u32,
    /// Rows of each split.
    rows: u64,
    /// Different keys.
    #[serde(default = "usual_keys")]
    keys: u32,
    /// About how many bytes a row carries besides.
    #[serde(default = "usual_payload")]
    payload_bytes: u32,
    /// How long a split takes: the first number for the first split, and so on in turn.
    #[serde(default)]
    work_ms: Vec<u32>,
}

/// Emits the rows of the ledger. `STEADY`: an attempt gives what every other gives.
pub(crate) struct Ledger<const STEADY: bool>;

/// A split's work is cut into so many chunks with a rest before each, so that faults hit its middle.
const SLICES: u32 = 8;

impl<const STEADY: bool> Extract for Ledger<STEADY> {
    type Config = Config;
    const SUMMARY: &'static str = "emits rows that tell where they come from";
    const PRODUCES: Format = Format::Json;
    const DETERMINISTIC: bool = STEADY;

    fn plan(config: Config, _bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        let split = |number: u32| Split {
            payload: number.to_le_bytes().to_vec(),
            bytes: config.rows * u64::from(config.payload_bytes),
        };
        Ok(Source {
            splits: (0..config.splits).map(split).collect(),
            bookmark: None,
        })
    }

    fn run(config: Config, piece: Split, context: Context) -> Result<(), Error> {
        let split = context.split;
        if piece.payload != split.to_le_bytes() || context.splits != config.splits {
            return Err(Error::fatal(format!(
                "split {split} of {} was given the piece of another: {:?}",
                context.splits, piece.payload
            )));
        }
        let noise = if STEADY { 0 } else { random() };
        let mut rows = config.shape().rows_of(split);
        let in_slice = usize::try_from(config.rows.div_ceil(SLICES.into())).unwrap_or(usize::MAX);
        for _ in 0..SLICES {
            thread::sleep(config.work(split) / SLICES);
            let mut writer = Writer::default();
            for mut row in rows.by_ref().take(in_slice) {
                row.attempt = context.attempt;
                row.noise = noise;
                writer.push(&row)?;
            }
            writer.finish();
        }
        Ok(())
    }
}

impl Config {
    fn shape(&self) -> Shape {
        Shape {
            splits: self.splits,
            rows: self.rows,
            keys: self.keys,
            payload_bytes: self.payload_bytes,
        }
    }

    fn work(&self, split: u32) -> Duration {
        let turns = self.work_ms.len().max(1);
        let turn = usize::try_from(split).unwrap_or_default() % turns;
        let milliseconds = self.work_ms.get(turn).copied().unwrap_or_default();
        Duration::from_millis(milliseconds.into())
    }
}

/// What the sandbox has of randomness, through the one thing of the standard library that asks.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    // Never 0, which stands for none.
    RandomState::new().hash_one(0) | 1
}

fn usual_keys() -> u32 {
    97
}

fn usual_payload() -> u32 {
    16
}
