//! What the file plugins share: which files a job reads, how their bytes come in, and how a job's
//! output is written so that it appears whole or not at all.
//!
//! - Reading: [`Paths`] from the configuration, [`find`] in `plan`, [`ranges`] to cut big files,
//!   [`Reader`] in `run`.
//! - Writing: [`OutputPath`] from the configuration, [`Output`] and [`Sink`] while a split is
//!   written, [`Output::commit`] and [`Output::abort`] at the end of the job; [`ValueText`] where the
//!   output is text.
//!
//! Not here: file formats. A plugin knows its own records, borders and types.

mod append;
mod calendar;
mod compression;
mod decode;
mod digits;
mod encode;
mod failure;
mod find;
mod output;
mod paths;
mod pieces;
mod ranges;
mod reader;
mod receipt;
mod sink;
mod size;
mod values;

pub use append::append;
pub use compression::Compression;
pub use failure::object_failure;
pub use find::{SourceFile, find};
pub use output::{IfExists, Output};
pub use paths::{OutputPath, Paths};
pub use pieces::PIECE_BYTES;
pub use ranges::ranges;
pub use reader::Reader;
pub use sink::Sink;
pub use size::ByteSize;
pub use values::{Style, ValueText};
