//! The values of one column.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use crate::number::{decimal, float, integer};
use crate::{OutOfRange, Unsupported, nested, text, time};

/// Writes the values of one column. Made once a batch.
pub struct Encoder<'a> {
    cells: Box<dyn Cells + 'a>,
    /// None where no row is null.
    nulls: Option<NullBuffer>,
}

impl<'a> Encoder<'a> {
    /// For a column, whose type says how its values are written.
    ///
    /// # Errors
    /// JSON has no form for the type, or for one inside it.
    pub fn new(column: &'a dyn Array) -> Result<Self, Unsupported> {
        Ok(Self {
            cells: cells(column)?,
            nulls: column
                .logical_nulls()
                .filter(|nulls| nulls.null_count() > 0),
        })
    }

    /// Whether the row has no value.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Whether any row has no value.
    pub(crate) fn has_nulls(&self) -> bool {
        self.nulls.is_some()
    }

    /// Adds the value of a row, which is not null.
    ///
    /// A float that JSON does not know is `null`, bytes are hexadecimal text, dates and times are
    /// as RFC 3339 has them, decimals numbers in all their digits.
    ///
    /// # Panics
    /// When the column has no such row.
    #[inline]
    pub fn encode(&self, row: usize, out: &mut Vec<u8>) {
        self.cells.encode(row, out);
    }

    /// Adds the value of a row, `null` where it has none.
    ///
    /// # Panics
    /// When the column has no such row.
    #[inline]
    pub fn encode_or_null(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            out.extend_from_slice(b"null");
        } else {
            self.cells.encode(row, out);
        }
    }

    /// Adds the values of rows, with commas between them.
    pub(crate) fn encode_all(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        self.cells.encode_all(rows, self.nulls.as_ref(), out);
    }

    /// Adds the value of a row, which is not null, without the quotes around dates, times,
    /// durations and intervals. All others are as [`encode`](Self::encode) writes them.
    ///
    /// # Errors
    /// No calendar or clock has the value; nothing is added.
    ///
    /// # Panics
    /// When the column has no such row.
    pub fn encode_unquoted(&self, row: usize, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
        self.cells.encode_unquoted(row, out)
    }
}

/// The values of a column, nulls aside.
pub(crate) trait Cells {
    /// Adds the value of a row.
    fn encode(&self, row: usize, out: &mut Vec<u8>);

    /// Adds the values of rows with commas between them. Here, and not where it is called, so that
    /// the loop is made for every type by itself.
    fn encode_all(&self, rows: Range<usize>, nulls: Option<&NullBuffer>, out: &mut Vec<u8>) {
        let first = rows.start;
        for row in rows {
            if row != first {
                out.push(b',');
            }
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                out.extend_from_slice(b"null");
            } else {
                self.encode(row, out);
            }
        }
    }

    /// Adds the value of a row without the quotes that dates and times have.
    fn encode_unquoted(&self, row: usize, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
        self.encode(row, out);
        Ok(())
    }
}

fn cells<'a>(column: &'a dyn Array) -> Result<Box<dyn Cells + 'a>, Unsupported> {
    Ok(match column.data_type() {
        DataType::Null => Box::new(Nulls),
        DataType::Boolean => Box::new(Booleans(column.as_boolean())),
        DataType::Int8 => numbers::<Int8Type>(column, |n, out| integer::signed(n.into(), out)),
        DataType::Int16 => numbers::<Int16Type>(column, |n, out| integer::signed(n.into(), out)),
        DataType::Int32 => numbers::<Int32Type>(column, |n, out| integer::signed(n.into(), out)),
        DataType::Int64 => numbers::<Int64Type>(column, integer::signed),
        DataType::UInt8 => numbers::<UInt8Type>(column, |n, out| integer::unsigned(n.into(), out)),
        DataType::UInt16 => {
            numbers::<UInt16Type>(column, |n, out| integer::unsigned(n.into(), out))
        }
        DataType::UInt32 => {
            numbers::<UInt32Type>(column, |n, out| integer::unsigned(n.into(), out))
        }
        DataType::UInt64 => numbers::<UInt64Type>(column, integer::unsigned),
        DataType::Float16 => numbers::<Float16Type>(column, |n, out| float::f32(n.to_f32(), out)),
        DataType::Float32 => numbers::<Float32Type>(column, float::f32),
        DataType::Float64 => numbers::<Float64Type>(column, float::f64),
        DataType::Decimal32(_, scale) => numbers::<Decimal32Type>(column, |n, out| {
            decimal::d128(n.into(), *scale, out);
        }),
        DataType::Decimal64(_, scale) => numbers::<Decimal64Type>(column, |n, out| {
            decimal::d128(n.into(), *scale, out);
        }),
        DataType::Decimal128(_, scale) => numbers::<Decimal128Type>(column, |n, out| {
            decimal::d128(n, *scale, out);
        }),
        DataType::Decimal256(_, scale) => numbers::<Decimal256Type>(column, |n, out| {
            decimal::d256(n, *scale, out);
        }),
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => text::cells(column),
        ty if ty.is_temporal() => time::cells(column)?,
        _ => nested::cells(column)?,
    })
}

/// Numbers, and how one is written.
struct Numbers<'a, T: ArrowPrimitiveType, F> {
    values: &'a PrimitiveArray<T>,
    write: F,
}

fn numbers<'a, T: ArrowPrimitiveType>(
    column: &'a dyn Array,
    write: impl Fn(T::Native, &mut Vec<u8>) + 'a,
) -> Box<dyn Cells + 'a> {
    let values = column.as_primitive::<T>();
    Box::new(Numbers { values, write })
}

impl<T: ArrowPrimitiveType, F: Fn(T::Native, &mut Vec<u8>)> Cells for Numbers<'_, T, F> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        (self.write)(self.values.value(row), out);
    }
}

struct Booleans<'a>(&'a BooleanArray);

impl Cells for Booleans<'_> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        let text: &[u8] = if self.0.value(row) { b"true" } else { b"false" };
        out.extend_from_slice(text);
    }
}

/// A column without values.
struct Nulls;

impl Cells for Nulls {
    fn encode(&self, _row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}
