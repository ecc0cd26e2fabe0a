//! Arrow values as JSON text.
//!
//! [`Encoder`] writes the values of one column, [`Rows`] whole rows as objects. Both look at the
//! types once, when they are made, and then write row after row without allocating.
//!
//! The text is that of the crate `arrow-json`, which the tests take as their oracle. This crate
//! stands in its place because that one brings all of arrow's casts and comparisons along, which
//! take longer to compile than all else that a plugin needs. Three things are otherwise, where that
//! crate's text is wrong: a dictionary's word that is null is null, not what lies in its place; the
//! message that stands for a time beyond the calendar is escaped; an `f32` never has a digit more
//! than it takes to read it again.
//!
//! What is not here: reading JSON, unions, rows without their nulls, and time zones by name, which
//! would need a table of all of them.

mod encoder;
mod nested;
mod number;
mod rows;
mod text;
mod time;
mod unsupported;

pub use encoder::Encoder;
pub use rows::Rows;
pub use time::OutOfRange;
pub use unsupported::Unsupported;
