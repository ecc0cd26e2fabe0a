//! A task that turns chunks into chunks.

use crate::{Configuration, Context, Error, Format};

/// A task that turns chunks into chunks. What it emits goes straight to the next task.
pub trait Transform: Sized + 'static {
    /// What the pipeline's `config` is read into.
    type Config: Configuration;
    /// One line for people: what it does.
    const SUMMARY: &'static str;
    /// Formats it reads, best first.
    const ACCEPTS: &'static [Format];
    /// The format of the chunks it emits.
    const PRODUCES: Format;
    /// It can work in two phases: see [`Phase`](crate::Phase).
    const COMBINABLE: bool = false;
    /// Equal input and configuration always give equal output.
    const DETERMINISTIC: bool = true;

    /// Starts over one split or partition.
    ///
    /// # Errors
    /// When the configuration makes no sense.
    fn open(config: Self::Config, context: Context) -> Result<Self, Error>;

    /// Takes a chunk. `input` counts the task's inputs from 0, in the order of its `from`; all of
    /// one input comes before any of the next.
    ///
    /// # Errors
    /// When the chunk as a whole is bad; single bad records go to [`rejects`](crate::rejects).
    fn process(&mut self, input: u32, chunk: Vec<u8>) -> Result<(), Error>;

    /// After the last chunk: emits what was held back (totals, say).
    ///
    /// # Errors
    /// When the rest cannot be emitted.
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
