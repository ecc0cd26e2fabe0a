//! What a file's columns are: fixed in `plan`, the same on every split.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum ColumnType {
    /// Whole numbers of 64 bits.
    Int,
    /// Numbers of 64 bits with fraction or exponent.
    Float,
    /// `true` or `false` in any case, `1` or `0`.
    Bool,
    /// Any UTF-8.
    String,
    /// `2013-01-31`
    Date,
    /// `05:15` or `05:15:30.25`
    Time,
    /// A date and a time with no zone: `2013-01-31 05:15:30` or `2013-01-31T05:15`.
    Timestamp,
    /// A date and a time with a zone, kept as UTC: `2013-01-31T05:15:30Z` or with `+01:00`.
    TimestampUtc,
}

impl ColumnType {
    /// The type of the arrow column.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::String => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampUtc => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        }
    }

    /// What people call a value of it, as the end of "is not ...".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Int => "an int",
            Self::Float => "a float",
            Self::Bool => "a bool",
            Self::String => "UTF-8",
            Self::Date => "a date (2013-01-31)",
            Self::Time => "a time (05:15:30)",
            Self::Timestamp => "a timestamp with no zone (2013-01-31T05:15:30)",
            Self::TimestampUtc => "a timestamp with a zone (2013-01-31T05:15:30Z)",
        }
    }
}

/// Every reader of arrow understands an offset; names of zones need a database.
pub(crate) const UTC: &str = "+00:00";

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedColumn {
    pub(crate) name: String,
    /// Which field of a record it is, from 0.
    pub(crate) field: usize,
    pub(crate) kind: ColumnType,
}

/// The columns that are read, in the order they are emitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// How many fields a record has.
    pub(crate) width: usize,
    pub(crate) columns: Vec<PlannedColumn>,
}

impl Table {
    pub(crate) fn schema(&self) -> SchemaRef {
        let field =
            |column: &PlannedColumn| Field::new(&column.name, column.kind.data_type(), true);
        Arc::new(Schema::new(
            self.columns.iter().map(field).collect::<Vec<_>>(),
        ))
    }
}
