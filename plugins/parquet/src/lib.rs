//! The built-in plugin `parquet`: reads parquet files by row group, writes parts or one file.
//!
//! - [`read`]: what a file holds ([`read::footer`]), the columns it gives ([`read::schema`]), its
//!   bytes in big pieces ([`read::windows`]) and the rows ([`read::rows`]).
//! - [`write`]: rows into row groups of a bounded size ([`write::file`]), and what is done with
//!   chunks whose columns differ from the first one's ([`write::fit`]).
//!
//! Not the aim: filters, encrypted files, columns inside of structs chosen one by one.

pub mod read;
pub mod write;

pub use read::Parquet as ParquetExtract;
pub use write::Parquet as ParquetLoad;

bubbles_sdk::export!(extract: ParquetExtract, load: ParquetLoad);
