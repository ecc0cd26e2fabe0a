//! What [`transform`](macro@crate::transform) turns a function into: its traits are written by
//! the attribute, its tasks run them.

use arrow_array::RecordBatch;
use arrow_schema::FieldRef;
use serde::{Deserialize, Serialize};

use crate::{Configuration, Error, Format};

mod batches;
mod chunks;
mod rows;

pub use batches::BatchTask;
pub use chunks::ChunkTask;
pub use rows::RowTask;

/// A function from a row to none, one or many.
pub trait RowFunction: 'static {
    /// Its configuration.
    type Config: Configuration;
    /// The row it takes, which may borrow from the chunk.
    type In<'row>: Deserialize<'row>;
    /// The row it gives, which may borrow from the one it took.
    type Out<'row>: Serialize;
    /// One line for people.
    const SUMMARY: &'static str;
    /// Equal input gives equal output.
    const DETERMINISTIC: bool;
    /// [`Format::Arrow`] or [`Format::Json`].
    const FORMAT: Format;

    /// The columns of the rows it gives, where they are arrow.
    ///
    /// # Errors
    /// When the type has no arrow schema.
    fn fields() -> Result<Vec<FieldRef>, Error>;

    /// Calls it.
    ///
    /// # Errors
    /// Why the row is rejected.
    fn call<'row>(
        config: &'row Self::Config,
        input: Self::In<'row>,
    ) -> Result<impl IntoIterator<Item = Self::Out<'row>>, String>;
}

/// A function from an arrow batch to none, one or many.
pub trait BatchFunction: 'static {
    /// Its configuration.
    type Config: Configuration;
    /// One line for people.
    const SUMMARY: &'static str;
    /// Equal input gives equal output.
    const DETERMINISTIC: bool;

    /// Calls it.
    ///
    /// # Errors
    /// That of the function.
    fn call(
        config: &Self::Config,
        input: RecordBatch,
    ) -> Result<impl IntoIterator<Item = RecordBatch>, Error>;
}

/// A function from a chunk to none, one or many.
pub trait ChunkFunction: 'static {
    /// Its configuration.
    type Config: Configuration;
    /// One line for people.
    const SUMMARY: &'static str;
    /// Equal input gives equal output.
    const DETERMINISTIC: bool;
    /// The format of what it takes and gives.
    const FORMAT: Format;

    /// Calls it.
    ///
    /// # Errors
    /// That of the function.
    fn call(
        config: &Self::Config,
        input: Vec<u8>,
    ) -> Result<impl IntoIterator<Item = impl AsRef<[u8]>>, Error>;
}
