//! The built-in plugin `csv`: reads delimited text as typed arrow columns, and writes it.
//!
//! The way of a byte: [`border`] cuts files where records end, [`scan`] finds separators 64 bytes
//! at a time, [`index`] makes records and fields of them, [`columns`] parses only the fields that
//! are asked for straight into arrow's memory, and [`batch`] rejects rows and emits chunks.
//!
//! Not here: guessing a delimiter, escapes other than a doubled quote, encodings other than UTF-8.

mod batch;
mod border;
mod class;
mod clock;
mod columns;
mod config;
mod dialect;
mod extract;
mod field;
mod index;
mod load;
mod nulls;
mod number;
mod plan;
mod scan;
mod table;
mod text;
mod write;

pub use config::{ReadConfig, WriteConfig};
pub use extract::CsvExtract;
pub use load::CsvLoad;

bubbles_sdk::export!(extract: CsvExtract, load: CsvLoad);
