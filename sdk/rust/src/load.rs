//! A task that writes a destination.

use crate::{Configuration, Context, Error, Format};

/// A task that writes a destination, in two steps, so that a job's output appears all at once and
/// exactly once.
pub trait Load: Sized + 'static {
    /// What the pipeline's `config` is read into.
    type Config: Configuration;
    /// One line for people: where it writes.
    const SUMMARY: &'static str;
    /// Formats it reads, best first.
    const ACCEPTS: &'static [Format];

    /// Starts over one split or partition.
    ///
    /// # Errors
    /// When the destination cannot be written.
    fn open(config: Self::Config, context: Context) -> Result<Self, Error>;

    /// Writes a chunk where nobody sees it yet.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, chunk: Vec<u8>) -> Result<(), Error>;

    /// Makes this run's output durable, not yet visible. The receipt is all that
    /// [`commit`](Self::commit) and [`abort`](Self::abort) will know of it.
    ///
    /// # Errors
    /// When it cannot be made durable.
    fn prepare(&mut self) -> Result<Vec<u8>, Error>;

    /// Makes prepared output visible. Called once every split is prepared, and again until it
    /// succeeds: doing it again must change nothing.
    ///
    /// # Errors
    /// When it has to be tried again.
    fn commit(config: Self::Config, receipts: Vec<Vec<u8>>) -> Result<(), Error>;

    /// Removes prepared output that will not be committed. May be repeated.
    ///
    /// # Errors
    /// When it has to be tried again.
    fn abort(config: Self::Config, receipts: Vec<Vec<u8>>) -> Result<(), Error>;
}
