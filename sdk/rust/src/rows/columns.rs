//! The columns of a batch that a type of row asks for.

use arrow_array::RecordBatch;
use serde::Deserialize;

use super::column::Column;
use super::reason::Reason;
use super::record::Record;
use super::shape::{Shape, Wants};
use crate::Error;

/// The columns of one batch, ready to be read row by row.
#[derive(Debug)]
pub(crate) struct Columns {
    form: Form,
    /// Columns the type names and the batch lacks, with what they would be read as.
    missing: Vec<(&'static str, Wants)>,
    names: Vec<String>,
    rows: usize,
}

#[derive(Debug)]
enum Form {
    /// Every cell is a plain value.
    Flat { columns: Vec<Named>, in_order: bool },
    /// Some have parts: left to `serde_arrow`.
    Nested(RecordBatch),
}

/// A column and its name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) column: Column,
}

impl Columns {
    pub(crate) fn new(shape: &Shape, batch: &RecordBatch) -> Result<Self, Error> {
        let schema = batch.schema();
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        let mut missing = Vec::new();
        let wanted: Vec<(usize, Wants)> = match &shape.fields {
            None => (0..names.len())
                .map(|index| (index, Wants::Anything))
                .collect(),
            Some(fields) => {
                let place = |field: &super::shape::Field| {
                    let index = names.iter().position(|name| name == field.name);
                    if index.is_none() {
                        missing.push((field.name, field.wants));
                    }
                    index.map(|index| (index, field.wants))
                };
                fields.iter().filter_map(place).collect()
            }
        };
        let mut columns = Vec::with_capacity(wanted.len());
        for &(index, wants) in &wanted {
            if let Some(column) = Column::new(batch.column(index), wants)? {
                columns.push(Named {
                    name: names[index].clone(),
                    column,
                });
            }
        }
        let form = if columns.len() == wanted.len() {
            Form::Flat {
                columns,
                in_order: shape.fields.is_some() && missing.is_empty(),
            }
        } else {
            let indices: Vec<usize> = wanted.iter().map(|&(index, _)| index).collect();
            Form::Nested(batch.project(&indices)?)
        };
        Ok(Self {
            form,
            missing,
            names,
            rows: batch.num_rows(),
        })
    }

    pub(crate) fn rows(&self) -> Result<Rows<'_>, Error> {
        let form = match &self.form {
            Form::Flat { columns, in_order } => RowsForm::Flat {
                columns,
                in_order: *in_order,
            },
            Form::Nested(batch) => RowsForm::Nested(
                serde_arrow::Deserializer::from_record_batch(batch).map_err(Error::fatal)?,
            ),
        };
        Ok(Rows {
            form,
            columns: self,
        })
    }
}

/// The rows of one batch.
pub(crate) struct Rows<'b> {
    form: RowsForm<'b>,
    columns: &'b Columns,
}

enum RowsForm<'b> {
    Flat {
        columns: &'b [Named],
        in_order: bool,
    },
    Nested(serde_arrow::Deserializer<'b>),
}

impl<'b> Rows<'b> {
    /// Reads a row.
    #[inline]
    pub(crate) fn read<T: Deserialize<'b>>(&self, row: usize) -> Result<T, Reason> {
        match &self.form {
            RowsForm::Flat { columns, in_order } => T::deserialize(Record {
                columns,
                in_order: *in_order,
                row,
            }),
            RowsForm::Nested(rows) => {
                let row = rows
                    .get(row)
                    .ok_or_else(|| Reason::new("there is no such row"))?;
                T::deserialize(row).map_err(Reason::new)
            }
        }
    }

    /// Finds out, on the first row, whether the type can do without the columns that are missing.
    pub(crate) fn check<T: Deserialize<'b>>(&self) -> Result<(), Error> {
        if self.columns.missing.is_empty() || self.columns.rows == 0 {
            return Ok(());
        }
        let Err(reason) = self.read::<T>(0) else {
            return Ok(());
        };
        let reason = reason.to_string();
        let needed = |(name, _): &&(&'static str, Wants)| {
            reason.contains(&format!("missing field `{name}`"))
        };
        let Some((name, wants)) = self.columns.missing.iter().find(needed) else {
            return Ok(());
        };
        let there = self.columns.names.join("`, `");
        Err(Error::fatal(format!(
            "the row needs a column `{name}` ({}), and the input has only `{there}`",
            wants.name()
        )))
    }
}
