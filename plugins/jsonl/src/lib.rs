//! The built-in plugin `jsonl`: reads and writes JSON, one value a line.
//!
//! What is read goes on as it stands in the file, checked line by line: nothing is parsed into
//! columns before a task asks for them. What is written may come as JSON or as arrow; arrow is
//! written straight from its columns.
//!
//! Not here: one big JSON array in a file; that is not JSON lines.

mod config;
mod extract;
mod lines;
mod load;
mod rows;

pub use config::{ReadConfig, WriteConfig};
pub use extract::JsonlExtract;
pub use load::JsonlLoad;

bubbles_sdk::export!(extract: JsonlExtract, load: JsonlLoad);
