//! Rows to arrow chunks.

use std::fmt;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{FieldRef, Schema, SchemaRef};
use serde::ser::{Impossible, SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use serde_arrow::schema::{SchemaLike, TracingOptions};

use super::builder::Builder;
use super::reason::Reason;
use crate::output::CHUNK_BYTES;
use crate::{Error, arrow, output};

/// The columns of a type of row. They follow from the type alone, so that all chunks of all
/// attempts have one schema; a field is nullable if it is an `Option`.
///
/// # Errors
/// When the type has no fixed columns, as a map has none.
pub fn fields<'de, R: Deserialize<'de>>() -> Result<Vec<FieldRef>, Error> {
    let options = TracingOptions::default()
        .strings_as_large_utf8(false)
        .sequence_as_large_list(false)
        .enums_without_data_as_strings(true);
    Vec::<FieldRef>::from_type::<R>(options).map_err(|error| {
        Error::fatal(format!(
            "the output row has no arrow columns: {error} (a struct of plain fields has; \
             or take `format = \"json\"`)"
        ))
    })
}

/// Emits rows as arrow chunks of a good size. Call [`finish`](Self::finish) at the end.
pub struct Writer {
    schema: SchemaRef,
    form: Form,
    emitted: bool,
}

enum Form {
    /// Every cell is a plain value.
    Flat(Vec<Builder>),
    /// Some have parts: left to `serde_arrow`.
    Nested {
        builder: Box<serde_arrow::ArrayBuilder>,
        rows: usize,
    },
}

/// How many rows with parts make a chunk: their size is not known before they are written.
const NESTED_ROWS: usize = 4096;

impl Writer {
    /// Will emit rows of this type.
    ///
    /// # Errors
    /// When the type has no fixed columns.
    pub fn new<'de, R: Serialize + Deserialize<'de>>() -> Result<Self, Error> {
        Self::with_fields(fields::<R>()?)
    }

    pub(crate) fn with_fields(fields: Vec<FieldRef>) -> Result<Self, Error> {
        let builders: Option<Vec<Builder>> = fields.iter().map(Builder::new).collect();
        let form = match builders {
            Some(builders) => Form::Flat(builders),
            None => {
                let builder = serde_arrow::ArrayBuilder::from_arrow(&fields);
                Form::Nested {
                    builder: Box::new(builder.map_err(Error::fatal)?),
                    rows: 0,
                }
            }
        };
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            form,
            emitted: false,
        })
    }

    /// The schema of the chunks.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Adds a row, emitting what has become a whole chunk.
    ///
    /// # Errors
    /// When the row is not of the type the writer was made for.
    #[inline]
    pub fn push<R: Serialize>(&mut self, row: &R) -> Result<(), Error> {
        let full = match &mut self.form {
            Form::Flat(builders) => {
                row.serialize(RowSerializer(builders)).map_err(unwritten)?;
                builders.iter().map(Builder::bytes).sum::<usize>() >= CHUNK_BYTES
            }
            Form::Nested { builder, rows } => {
                builder.push(row).map_err(unwritten)?;
                *rows += 1;
                *rows == NESTED_ROWS
            }
        };
        if full {
            self.emit()?;
        }
        Ok(())
    }

    fn emit(&mut self) -> Result<(), Error> {
        let batch = match &mut self.form {
            Form::Flat(builders) => {
                let rows = builders.first().map_or(0, Builder::rows);
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let columns = builders.iter_mut().map(Builder::take).collect();
                RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?
            }
            Form::Nested { builder, rows } => {
                *rows = 0;
                let columns = builder.to_arrow().map_err(Error::fatal)?;
                RecordBatch::try_new(Arc::clone(&self.schema), columns)?
            }
        };
        self.emitted = true;
        output::emit(&arrow::encode(&batch));
        Ok(())
    }

    /// Emits what was held back. Where there was no row at all, emits a chunk without rows, so
    /// that the next task learns the columns.
    ///
    /// # Errors
    /// When the last rows cannot be written.
    pub fn finish(&mut self) -> Result<(), Error> {
        let waiting = match &self.form {
            Form::Flat(builders) => builders.first().map_or(0, Builder::rows),
            Form::Nested { rows, .. } => *rows,
        };
        if waiting > 0 || !self.emitted {
            self.emit()
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[cold]
fn unwritten(reason: impl fmt::Display) -> Error {
    Error::fatal(format!("a row of the output cannot be written: {reason}"))
}

/// Puts a row into its columns.
struct RowSerializer<'a>(&'a mut [Builder]);

type Never = Impossible<(), Reason>;

macro_rules! no_rows {
    ($($method:ident($($argument:ty),*) $(-> $value:ident)?,)*) => {
        $(
            fn $method(self, $(_: $argument),*) -> Result<no_rows!(@ $($value)?), Reason> {
                Err(Reason::new("it is no struct of named columns"))
            }
        )*
    };
    (@) => { () };
    (@ $value:ident) => { $value };
}

impl<'a> Serializer for RowSerializer<'a> {
    type Ok = ();
    type Error = Reason;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Never;

    no_rows! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32),
        serialize_i64(i64), serialize_u8(u8), serialize_u16(u16), serialize_u32(u32),
        serialize_u64(u64), serialize_f32(f32), serialize_f64(f64), serialize_char(char),
        serialize_str(&str), serialize_bytes(&[u8]), serialize_none(), serialize_unit(),
        serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str),
        serialize_seq(Option<usize>) -> Never,
        serialize_tuple(usize) -> Never,
        serialize_tuple_struct(&'static str, usize) -> Never,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never,
        serialize_map(Option<usize>) -> Never,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never,
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Reason> {
        let row = self.0.first().map_or(0, Builder::rows);
        Ok(Fields {
            builders: self.0,
            next: 0,
            row,
        })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Reason> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Reason> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Reason> {
        Err(Reason::new("it is no struct of named columns"))
    }
}

/// The fields of one row.
struct Fields<'a> {
    builders: &'a mut [Builder],
    /// The column of the next field, if fields come in the order of the columns.
    next: usize,
    /// How many rows there were before.
    row: usize,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Reason;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Reason> {
        let is_it = |builder: &Builder| builder.field().name() == name;
        let index = match self.builders.get(self.next) {
            Some(builder) if is_it(builder) => self.next,
            _ => self.builders.iter().position(is_it).ok_or_else(|| {
                Reason::new(format!("it writes `{name}`, which it does not read"))
            })?,
        };
        self.next = index + 1;
        self.builders[index]
            .push(value)
            .map_err(|reason| reason.of_column(name))
    }

    /// Fields that were skipped are null.
    #[inline]
    fn end(self) -> Result<(), Reason> {
        for builder in self.builders {
            if builder.rows() == self.row {
                let result = builder.push_null();
                result.map_err(|reason| reason.of_column(builder.field().name()))?;
            }
        }
        Ok(())
    }
}
