//! The ledger: rows that tell of themselves where they come from, so that after any faults it can
//! be told whether every one of them arrived, and once.
//!
//! - [`row`]: a row, its identity and its checksum.
//! - [`source`]: which rows a split has.
//! - [`mangle`]: which rows are dropped and which become several.
//! - [`mix`]: the numbers that all of it follows from.
//!
//! The guests in `examples/` emit, mangle and check these rows in the sandbox; the oracle of the
//! cluster's tests works out from the same functions what must have arrived.
//!
//! Not here: anything of the runtime or the SDK. These are plain functions.

pub mod mangle;
pub mod mix;
pub mod row;
pub mod source;

pub use row::{Identity, Row};
pub use source::Shape;
