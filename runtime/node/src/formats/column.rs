//! Columns of arrow, filled from json of any shape.
//!
//! A column starts without a type and takes the narrowest one that holds what
//! it is given; it never becomes narrower again, so the batches of one attempt
//! differ as little as they can.

mod name;
mod read;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, NullArray, StringArray,
    StructArray,
};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{Field, Fields};
use thiserror::Error;

pub(super) use read::{Reading, Row};

/// Why a value does not fit into its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum FieldProblem {
    /// Nested and plain values do not meet in one type.
    #[error("it is {now} here and was {before} before, and one arrow column cannot hold both")]
    Mixed {
        /// What the column holds.
        before: &'static str,
        /// What came.
        now: &'static str,
    },
    /// An object has a name twice.
    #[error("it is given twice in one object")]
    Twice,
    /// Objects and arrays within each other.
    #[error("it is nested more than {} deep", read::MAX_DEPTH)]
    Deep,
    /// Names that do not end, such as ids used as names.
    #[error(
        "it is one field too many: arrow rows have at most {} fields",
        read::MAX_COLUMNS
    )]
    Many,
    /// Few of the fields are ever there.
    #[error("rows this different from each other would take too much memory as columns")]
    Sparse,
}

/// Values of one field, one for each row so far.
#[derive(Debug)]
pub(super) struct Column {
    valid: NullBufferBuilder,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Unknown,
    Bools(BooleanBufferBuilder),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Texts),
    Lists { ends: Vec<i32>, items: Box<Column> },
    Objects(Objects),
}

#[derive(Debug, Default)]
struct Texts {
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Objects {
    names: Vec<Box<str>>,
    columns: Vec<Column>,
    index: HashMap<Box<str>, usize>,
}

impl Default for Column {
    fn default() -> Self {
        Self {
            valid: NullBufferBuilder::new(0),
            values: Values::Unknown,
        }
    }
}

impl Column {
    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.valid.len()
    }

    /// Forgets the rows. Types stay.
    pub(super) fn clear(&mut self) {
        self.valid = NullBufferBuilder::new(0);
        match &mut self.values {
            Values::Unknown => {}
            Values::Bools(bools) => bools.truncate(0),
            Values::Ints(ints) => ints.clear(),
            Values::Floats(floats) => floats.clear(),
            Values::Texts(texts) => *texts = Texts::default(),
            Values::Lists { ends, items } => {
                ends.clear();
                items.clear();
            }
            Values::Objects(objects) => objects.columns.iter_mut().for_each(Self::clear),
        }
    }

    /// Takes the rows as an array. Types stay.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let len = self.len();
        let nulls = self.valid.finish();
        match &mut self.values {
            Values::Unknown => Arc::new(NullArray::new(len)),
            Values::Bools(bools) => Arc::new(BooleanArray::new(bools.finish(), nulls)),
            Values::Ints(ints) => Arc::new(Int64Array::new(std::mem::take(ints).into(), nulls)),
            Values::Floats(floats) => {
                Arc::new(Float64Array::new(std::mem::take(floats).into(), nulls))
            }
            Values::Texts(texts) => {
                let Texts { ends, bytes } = std::mem::take(texts);
                // Texts came as `str`, one after the other.
                Arc::new(StringArray::new(
                    offsets(ends),
                    Buffer::from_vec(bytes),
                    nulls,
                ))
            }
            Values::Lists { ends, items } => {
                let items = items.finish();
                let field = Arc::new(Field::new("item", items.data_type().clone(), true));
                Arc::new(ListArray::new(
                    field,
                    offsets(std::mem::take(ends)),
                    items,
                    nulls,
                ))
            }
            Values::Objects(objects) => {
                let columns: Vec<_> = objects.columns.iter_mut().map(Self::finish).collect();
                if columns.is_empty() {
                    return Arc::new(StructArray::new_empty_fields(len, nulls));
                }
                let named = objects.names.iter().zip(&columns);
                let fields: Fields = named
                    .map(|(name, column)| Field::new(&**name, column.data_type().clone(), true))
                    .collect();
                Arc::new(StructArray::new(fields, columns, nulls))
            }
        }
    }

    /// Adds a null. Says how many values that took, in all columns below.
    fn push_null(&mut self) -> usize {
        self.valid.append_null();
        1 + self.values.push_default()
    }

    fn push_bool(&mut self, value: bool) -> Result<(), FieldProblem> {
        self.begin(|len| Values::Bools(falses(len)));
        match &mut self.values {
            Values::Bools(bools) => bools.append(value),
            values => values
                .as_texts("a truth value", &self.valid)?
                .push(&value.to_string()),
        }
        self.valid.append_non_null();
        Ok(())
    }

    fn push_int(&mut self, value: i64) -> Result<(), FieldProblem> {
        self.begin(|len| Values::Ints(vec![0; len]));
        match &mut self.values {
            Values::Ints(ints) => ints.push(value),
            Values::Floats(floats) => floats.push(value as f64),
            values => values
                .as_texts("a number", &self.valid)?
                .push(&value.to_string()),
        }
        self.valid.append_non_null();
        Ok(())
    }

    fn push_float(&mut self, value: f64) -> Result<(), FieldProblem> {
        self.begin(|len| Values::Floats(vec![0.0; len]));
        if let Values::Ints(ints) = &self.values {
            self.values = Values::Floats(ints.iter().map(|int| *int as f64).collect());
        }
        match &mut self.values {
            Values::Floats(floats) => floats.push(value),
            values => values
                .as_texts("a number", &self.valid)?
                .push(&float_text(value)),
        }
        self.valid.append_non_null();
        Ok(())
    }

    fn push_text(&mut self, value: &str) -> Result<(), FieldProblem> {
        self.begin(|len| {
            Values::Texts(Texts {
                ends: vec![0; len],
                bytes: Vec::new(),
            })
        });
        self.values.as_texts("a text", &self.valid)?.push(value);
        self.valid.append_non_null();
        Ok(())
    }

    /// Gives a column that has had only nulls the type of its first value.
    fn begin(&mut self, values: impl FnOnce(usize) -> Values) {
        if let Values::Unknown = self.values {
            self.values = values(self.valid.len());
        }
    }
}

impl Values {
    /// Adds what stands in the place of a null. Says how many values that took.
    fn push_default(&mut self) -> usize {
        match self {
            Self::Unknown => {}
            Self::Bools(bools) => bools.append(false),
            Self::Ints(ints) => ints.push(0),
            Self::Floats(floats) => floats.push(0.0),
            Self::Texts(texts) => texts.push(""),
            Self::Lists { ends, .. } => ends.push(ends.last().copied().unwrap_or(0)),
            Self::Objects(objects) => {
                return objects.columns.iter_mut().map(Column::push_null).sum();
            }
        }
        0
    }

    /// Turns scalars of any kind into texts, the one type that holds them all.
    fn as_texts(
        &mut self,
        now: &'static str,
        valid: &NullBufferBuilder,
    ) -> Result<&mut Texts, FieldProblem> {
        let mut texts = Texts::default();
        let mut push = |row, text: String| texts.push(if valid.is_valid(row) { &text } else { "" });
        match self {
            Self::Bools(bools) => {
                (0..bools.len()).for_each(|row| push(row, bools.get_bit(row).to_string()));
            }
            Self::Ints(ints) => {
                ints.iter()
                    .enumerate()
                    .for_each(|(row, int)| push(row, int.to_string()));
            }
            Self::Floats(floats) => {
                floats
                    .iter()
                    .enumerate()
                    .for_each(|(row, float)| push(row, float_text(*float)));
            }
            Self::Unknown | Self::Texts(_) | Self::Lists { .. } | Self::Objects(_) => {}
        }
        if let Self::Bools(_) | Self::Ints(_) | Self::Floats(_) = self {
            *self = Self::Texts(texts);
        }
        match self {
            Self::Texts(texts) => Ok(texts),
            values => Err(FieldProblem::Mixed {
                before: values.kind(),
                now,
            }),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "null",
            Self::Bools(_) => "a truth value",
            Self::Ints(_) | Self::Floats(_) => "a number",
            Self::Texts(_) => "a text",
            Self::Lists { .. } => "an array",
            Self::Objects(_) => "an object",
        }
    }
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(end(self.bytes.len()));
    }
}

/// The end of a text or list within its batch.
fn end(len: usize) -> i32 {
    i32::try_from(len).expect("a batch is about a chunk, far below 2 GiB")
}

fn offsets(ends: Vec<i32>) -> OffsetBuffer<i32> {
    let starts = std::iter::once(0);
    OffsetBuffer::new(starts.chain(ends).collect::<ScalarBuffer<i32>>())
}

fn falses(len: usize) -> BooleanBufferBuilder {
    let mut bools = BooleanBufferBuilder::new(len);
    bools.append_n(len, false);
    bools
}

/// As json writes it.
fn float_text(value: f64) -> String {
    serde_json::Value::from(value).to_string()
}
