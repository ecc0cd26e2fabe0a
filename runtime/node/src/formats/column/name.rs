//! Finds the column of a field while json is parsed.

use std::fmt;

use arrow_buffer::NullBufferBuilder;
use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use super::read::{MAX_COLUMNS, Reading};
use super::{Column, FieldProblem, Objects, Values};

/// Reads a name and finds its column, or makes one.
pub(super) struct Name<'a> {
    pub(super) objects: &'a mut Objects,
    pub(super) reading: &'a mut Reading,
    /// How many rows a new column has missed.
    pub(super) rows: usize,
    /// The column after that of the name before: mostly the right one.
    pub(super) guess: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let Self {
            objects,
            reading,
            rows,
            guess,
        } = self;
        if objects.names.get(guess).is_some_and(|next| **next == *name) {
            return Ok(guess);
        }
        if let Some(index) = objects.index.get(name) {
            return Ok(*index);
        }
        if reading.columns == MAX_COLUMNS {
            let error = reading.fail(FieldProblem::Many);
            reading.within(name);
            return Err(error);
        }
        reading.columns += 1;
        reading.pad(rows)?;
        let mut valid = NullBufferBuilder::new(0);
        valid.append_n_nulls(rows);
        let index = objects.columns.len();
        objects.columns.push(Column {
            valid,
            values: Values::Unknown,
        });
        objects.names.push(name.into());
        objects.index.insert(name.into(), index);
        Ok(index)
    }
}
