//! One column of the output in the making.

use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef};
use serde::Serialize;

use super::reason::Reason;

mod cell;

/// A column that grows cell by cell.
#[derive(Debug)]
pub(super) struct Builder {
    field: FieldRef,
    cells: Cells,
    /// Kept only where the column may hold nulls.
    valid: BooleanBufferBuilder,
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
enum Cells {
    Boolean(Vec<bool>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    UInt8(Vec<u8>),
    UInt16(Vec<u16>),
    UInt32(Vec<u32>),
    UInt64(Vec<u64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    /// Where each cell ends, and the text of all of them.
    Text(Vec<i32>, Vec<u8>),
}

impl Builder {
    /// None for a type whose cells have parts.
    pub(super) fn new(field: &FieldRef) -> Option<Self> {
        let cells = match field.data_type() {
            DataType::Boolean => Cells::Boolean(Vec::new()),
            DataType::Int8 => Cells::Int8(Vec::new()),
            DataType::Int16 => Cells::Int16(Vec::new()),
            DataType::Int32 => Cells::Int32(Vec::new()),
            DataType::Int64 => Cells::Int64(Vec::new()),
            DataType::UInt8 => Cells::UInt8(Vec::new()),
            DataType::UInt16 => Cells::UInt16(Vec::new()),
            DataType::UInt32 => Cells::UInt32(Vec::new()),
            DataType::UInt64 => Cells::UInt64(Vec::new()),
            DataType::Float32 => Cells::Float32(Vec::new()),
            DataType::Float64 => Cells::Float64(Vec::new()),
            DataType::Utf8 => Cells::Text(vec![0], Vec::new()),
            _ => return None,
        };
        let valid = BooleanBufferBuilder::new(0);
        Some(Self {
            field: Arc::clone(field),
            cells,
            valid,
            rows: 0,
            bytes: 0,
        })
    }

    pub(super) fn field(&self) -> &Field {
        &self.field
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// About how much the column takes so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a cell.
    #[inline]
    pub(super) fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Reason> {
        value.serialize(cell::CellSerializer(self))
    }

    pub(super) fn push_null(&mut self) -> Result<(), Reason> {
        if !self.field.is_nullable() {
            return Err(Reason::new(
                "it is left out, though its type is no `Option`",
            ));
        }
        self.valid.append(false);
        self.rows += 1;
        match &mut self.cells {
            Cells::Boolean(cells) => cells.push(false),
            Cells::Int8(cells) => cells.push(0),
            Cells::Int16(cells) => cells.push(0),
            Cells::Int32(cells) => cells.push(0),
            Cells::Int64(cells) => cells.push(0),
            Cells::UInt8(cells) => cells.push(0),
            Cells::UInt16(cells) => cells.push(0),
            Cells::UInt32(cells) => cells.push(0),
            Cells::UInt64(cells) => cells.push(0),
            Cells::Float32(cells) => cells.push(0.0),
            Cells::Float64(cells) => cells.push(0.0),
            Cells::Text(ends, _) => ends.push(*ends.last().expect("the first offset is 0")),
        }
        Ok(())
    }

    /// Counts a cell that was added.
    #[inline]
    fn added(&mut self, bytes: usize) {
        if self.field.is_nullable() {
            self.valid.append(true);
        }
        self.rows += 1;
        self.bytes += bytes;
    }

    #[inline]
    fn push_text(&mut self, text: &str) -> Result<(), Reason> {
        let Cells::Text(ends, bytes) = &mut self.cells else {
            return Err(self.other("text"));
        };
        bytes.extend_from_slice(text.as_bytes());
        let end = i32::try_from(bytes.len()).map_err(|_| Reason::new("over 2 GiB of text"))?;
        ends.push(end);
        self.added(text.len() + size_of::<i32>());
        Ok(())
    }

    /// A whole number, of whatever width, into a column of another.
    fn push_integer(&mut self, value: i128) -> Result<(), Reason> {
        macro_rules! push {
            ($cells:ident) => {
                $cells.push(value.try_into().map_err(|_| {
                    Reason::new(format!("{value} is no {}", self.field.data_type()))
                })?)
            };
        }
        match &mut self.cells {
            Cells::Int8(cells) => push!(cells),
            Cells::Int16(cells) => push!(cells),
            Cells::Int32(cells) => push!(cells),
            Cells::Int64(cells) => push!(cells),
            Cells::UInt8(cells) => push!(cells),
            Cells::UInt16(cells) => push!(cells),
            Cells::UInt32(cells) => push!(cells),
            Cells::UInt64(cells) => push!(cells),
            _ => return Err(self.other("a whole number")),
        }
        self.added(size_of::<i64>());
        Ok(())
    }

    #[cold]
    fn other(&self, given: &str) -> Reason {
        Reason::new(format!(
            "it is {given}, though its column is {}",
            self.field.data_type()
        ))
    }

    /// The column, and a new start.
    pub(super) fn take(&mut self) -> ArrayRef {
        let nulls = self
            .field
            .is_nullable()
            .then(|| NullBuffer::new(self.valid.finish()));
        self.rows = 0;
        self.bytes = 0;
        fn primitive<T: ArrowPrimitiveType>(
            cells: &mut Vec<T::Native>,
            nulls: Option<NullBuffer>,
        ) -> ArrayRef {
            let capacity = cells.len();
            let cells = std::mem::replace(cells, Vec::with_capacity(capacity));
            Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(cells), nulls))
        }
        match &mut self.cells {
            Cells::Boolean(cells) => {
                let values = BooleanBuffer::from(std::mem::take(cells));
                Arc::new(BooleanArray::new(values, nulls))
            }
            Cells::Int8(cells) => primitive::<Int8Type>(cells, nulls),
            Cells::Int16(cells) => primitive::<Int16Type>(cells, nulls),
            Cells::Int32(cells) => primitive::<Int32Type>(cells, nulls),
            Cells::Int64(cells) => primitive::<Int64Type>(cells, nulls),
            Cells::UInt8(cells) => primitive::<UInt8Type>(cells, nulls),
            Cells::UInt16(cells) => primitive::<UInt16Type>(cells, nulls),
            Cells::UInt32(cells) => primitive::<UInt32Type>(cells, nulls),
            Cells::UInt64(cells) => primitive::<UInt64Type>(cells, nulls),
            Cells::Float32(cells) => primitive::<Float32Type>(cells, nulls),
            Cells::Float64(cells) => primitive::<Float64Type>(cells, nulls),
            Cells::Text(ends, bytes) => {
                let ends = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(ends, vec![0])));
                let bytes = std::mem::take(bytes);
                Arc::new(StringArray::new(ends, bytes.into(), nulls))
            }
        }
    }
}
