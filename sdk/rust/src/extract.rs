//! A task that reads a source.

use crate::{Configuration, Context, Error, Format};

/// A task that reads a source: first it plans what to read, then it reads piece by piece.
pub trait Extract {
    /// What the pipeline's `config` is read into.
    type Config: Configuration;
    /// One line for people: what it reads.
    const SUMMARY: &'static str;
    /// The format of the chunks it emits.
    const PRODUCES: Format;
    /// Reading a piece again gives the same data again.
    const DETERMINISTIC: bool = true;

    /// Cuts the source into pieces that can be read apart. `bookmark` is what the pipeline's last
    /// committed job left.
    ///
    /// # Errors
    /// When the source cannot be found or understood.
    fn plan(config: Self::Config, bookmark: Option<Vec<u8>>) -> Result<Source, Error>;

    /// Reads one piece to its end, emitting chunks.
    ///
    /// # Errors
    /// When the piece cannot be read; single bad records go to [`rejects`](crate::rejects).
    fn run(config: Self::Config, split: Split, context: Context) -> Result<(), Error>;
}

/// A source, cut into pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Pieces that can be read apart. All bounds are fixed here, so that reading a piece again
    /// gives the same data again.
    pub splits: Vec<Split>,
    /// Where the next job is to start. Kept when, and only when, this job commits.
    pub bookmark: Option<Vec<u8>>,
}

/// A piece of a source that can be read apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// For the plugin's own eyes.
    pub payload: Vec<u8>,
    /// About how much there is to read: for progress and for placing. 0 if unknown.
    pub bytes: u64,
}
