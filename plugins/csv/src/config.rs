//! The configuration of both tasks.

use std::collections::BTreeMap;

use bubbles_files::{ByteSize, Compression, IfExists, Output, OutputPath, Paths};
use bubbles_sdk::Error;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::dialect::{Delimiter, Dialect, Quote};
use crate::table::ColumnType;

/// How csv is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReadConfig {
    /// The files: a path, URL or pattern, or a list of them.
    pub(crate) path: Paths,
    /// The character between values.
    #[serde(default)]
    pub(crate) delimiter: Delimiter,
    /// The character around values that hold delimiters, newlines or (doubled) quotes; "" for none.
    #[serde(default)]
    pub(crate) quote: Quote,
    /// Whether each file begins with the names of its columns.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// The names of the columns of files with no header; "column_1" and so on if not given.
    #[serde(default)]
    pub(crate) names: Option<Vec<String>>,
    /// The columns to read, in this order: all others are skipped, which is much faster.
    #[serde(default)]
    pub(crate) columns: Option<Vec<String>>,
    /// Types of columns by name. What is not given is inferred from the start of the first file.
    #[serde(default)]
    pub(crate) schema: BTreeMap<String, ColumnType>,
    /// Texts that stand for no value where they are not quoted.
    #[serde(default = "usual_nulls")]
    pub(crate) nulls: Vec<String>,
    /// About how much of a file is read by one attempt.
    #[serde(default = "usual_split_size")]
    pub(crate) split_size: ByteSize,
    /// The longest record there may be, its quoted newlines included: at most 32 MiB.
    #[serde(default = "usual_max_record")]
    pub(crate) max_record: ByteSize,
}

/// A chunk must hold the longest record, and a chunk may have at most 64 MiB.
const LONGEST_RECORD: ByteSize = ByteSize::mebibytes(32);

impl ReadConfig {
    pub(crate) fn dialect(&self) -> Result<Dialect, Error> {
        Dialect::new(self.delimiter, self.quote).map_err(Error::Fatal)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.dialect()?;
        if self.max_record > LONGEST_RECORD {
            return Err(Error::fatal(format!("max-record is over {LONGEST_RECORD}")));
        }
        if self.header && self.names.is_some() {
            return Err(Error::fatal(
                "names are for files with no header: set header = false",
            ));
        }
        Ok(())
    }
}

/// How csv is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WriteConfig {
    /// A folder (ending in "/") for a part of every partition, or one file.
    pub(crate) path: OutputPath,
    /// The character between values.
    #[serde(default)]
    pub(crate) delimiter: Delimiter,
    /// Whether each file begins with the names of its columns.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// What is written where there is no value.
    #[serde(default)]
    pub(crate) null: String,
    /// Packs the output. If not given, the end of the path of a single file decides.
    #[serde(default)]
    pub(crate) compression: Option<Compression>,
    /// What happens to earlier output in the same place.
    #[serde(default)]
    pub(crate) if_exists: IfExists,
}

impl WriteConfig {
    pub(crate) fn output(&self) -> Output {
        Output::new(&self.path, "csv", self.if_exists, self.compression)
    }
}

fn yes() -> bool {
    true
}

fn usual_nulls() -> Vec<String> {
    ["", "NA", "NULL", "null"].map(str::to_owned).to_vec()
}

fn usual_split_size() -> ByteSize {
    ByteSize::mebibytes(16)
}

fn usual_max_record() -> ByteSize {
    ByteSize::mebibytes(1)
}
