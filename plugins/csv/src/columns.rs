//! Fields become typed columns.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use crate::field;
use crate::index::Index;
use crate::nulls::Nulls;
use crate::table::{ColumnType, PlannedColumn, UTC};
use crate::text::Text;
use crate::{clock, number};

/// Some records of a buffer, seen as one of their columns.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) index: &'a Index,
    /// The first field of each record.
    pub(crate) records: &'a [u32],
    /// Which field of a record.
    pub(crate) field: usize,
    /// Whether it is a record's last.
    pub(crate) is_last: bool,
    pub(crate) quote: Option<u8>,
}

impl Fields<'_> {
    /// Where the field of a record begins and ends. A separator stands behind it.
    #[inline]
    fn place(&self, starts: &[u32], record: u32) -> (usize, usize) {
        let field = record as usize + self.field;
        let (start, end) = (starts[field] as usize, starts[field + 1] as usize - 1);
        let has_return = self.is_last && end > start && self.bytes[end - 1] == b'\r';
        (start, end - usize::from(has_return))
    }
}

/// A value that is not one of its column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Misfit {
    /// Which of the records handed to [`Column::append`].
    pub(crate) record: usize,
    /// Which field of it.
    pub(crate) field: usize,
}

/// A column while it grows.
pub(crate) struct Column {
    kind: ColumnType,
    values: Values,
    /// The rows with no value.
    null_rows: Vec<u32>,
    /// Whether a text that stands for no value is also one of this type.
    nulls_look_like_values: bool,
    scratch: Vec<u8>,
}

enum Values {
    Long(Vec<i64>),
    Day(Vec<i32>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    Text(Text),
}

impl Column {
    pub(crate) fn new(column: &PlannedColumn, nulls: &Nulls) -> Self {
        let kind = column.kind;
        let values = no_values(kind);
        let nulls_look_like_values = nulls.texts().any(|text| is_value(kind, text));
        Self {
            kind,
            values,
            null_rows: Vec::new(),
            nulls_look_like_values,
            scratch: Vec::new(),
        }
    }

    /// About how many bytes its chunk will have of it.
    pub(crate) fn bytes(&self) -> usize {
        match &self.values {
            Values::Long(values) => values.len() * 8,
            Values::Float(values) => values.len() * 8,
            Values::Day(values) => values.len() * 4,
            Values::Bool(values) => values.len() / 8,
            Values::Text(text) => text.len() * 4 + text.bytes(),
        }
    }

    /// Adds a value of each record. Where one is not of the type, a place is taken and the record
    /// is named in `misfits`.
    pub(crate) fn append(&mut self, fields: Fields<'_>, nulls: &Nulls, misfits: &mut Vec<Misfit>) {
        let (null_rows, scratch) = (&mut self.null_rows, &mut self.scratch);
        let cautious = self.nulls_look_like_values;
        let mut rest = Rest {
            fields,
            nulls,
            null_rows,
            scratch,
            misfits,
            cautious,
        };
        match (&mut self.values, self.kind) {
            (Values::Long(values), ColumnType::Int) => {
                rest.parse_within(values, number::int_within, number::int)
            }
            (Values::Long(values), ColumnType::Time) => rest.parse(values, clock::time),
            (Values::Long(values), ColumnType::Timestamp) => rest.parse(values, clock::timestamp),
            (Values::Long(values), _) => rest.parse(values, clock::timestamp_utc),
            (Values::Float(values), _) => rest.parse(values, number::float),
            (Values::Day(values), _) => rest.parse(values, clock::date),
            (Values::Bool(values), _) => rest.parse(values, number::bool),
            (Values::Text(text), _) => rest.copy(text),
        }
    }

    /// Takes back all but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            Values::Long(values) => values.truncate(rows),
            Values::Float(values) => values.truncate(rows),
            Values::Day(values) => values.truncate(rows),
            Values::Bool(values) => values.truncate(rows),
            Values::Text(text) => text.truncate(rows),
        }
        while self
            .null_rows
            .last()
            .is_some_and(|row| *row as usize >= rows)
        {
            self.null_rows.pop();
        }
    }

    /// The finished column; it begins anew.
    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = std::mem::replace(&mut self.values, no_values(self.kind));
        let nulls = std::mem::take(&mut self.null_rows);
        Ok(match (values, self.kind) {
            (Values::Long(values), ColumnType::Int) => primitive::<Int64Type>(values, &nulls),
            (Values::Long(values), ColumnType::Time) => {
                primitive::<Time64MicrosecondType>(values, &nulls)
            }
            (Values::Long(values), kind) => {
                let nulls = null_buffer(&nulls, values.len());
                let array = PrimitiveArray::<TimestampMicrosecondType>::new(values.into(), nulls);
                let is_utc = kind == ColumnType::TimestampUtc;
                Arc::new(array.with_timezone_opt(is_utc.then_some(UTC)))
            }
            (Values::Float(values), _) => primitive::<Float64Type>(values, &nulls),
            (Values::Day(values), _) => primitive::<Date32Type>(values, &nulls),
            (Values::Bool(values), _) => {
                let nulls = null_buffer(&nulls, values.len());
                Arc::new(BooleanArray::new(values.into(), nulls))
            }
            (Values::Text(text), _) => {
                let nulls = null_buffer(&nulls, text.len());
                Arc::new(text.finish(nulls)?)
            }
        })
    }
}

fn no_values(kind: ColumnType) -> Values {
    match kind {
        ColumnType::Int | ColumnType::Time | ColumnType::Timestamp | ColumnType::TimestampUtc => {
            Values::Long(Vec::new())
        }
        ColumnType::Float => Values::Float(Vec::new()),
        ColumnType::Date => Values::Day(Vec::new()),
        ColumnType::Bool => Values::Bool(Vec::new()),
        ColumnType::String => Values::Text(Text::new()),
    }
}

fn primitive<T: ArrowPrimitiveType>(values: Vec<T::Native>, null_rows: &[u32]) -> ArrayRef {
    let nulls = null_buffer(null_rows, values.len());
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls))
}

fn null_buffer(null_rows: &[u32], rows: usize) -> Option<NullBuffer> {
    if null_rows.is_empty() {
        return None;
    }
    let mut valid = BooleanBufferBuilder::new(rows);
    valid.append_n(rows, true);
    for row in null_rows {
        valid.set_bit(*row as usize, false);
    }
    Some(NullBuffer::new(valid.finish()))
}

/// Whether `text` is a value of the type.
pub(crate) fn is_value(kind: ColumnType, text: &[u8]) -> bool {
    match kind {
        ColumnType::Int => number::int(text).is_some(),
        ColumnType::Float => number::float(text).is_some(),
        ColumnType::Bool => number::bool(text).is_some(),
        ColumnType::String => std::str::from_utf8(text).is_ok(),
        ColumnType::Date => clock::date(text).is_some(),
        ColumnType::Time => clock::time(text).is_some(),
        ColumnType::Timestamp => clock::timestamp(text).is_some(),
        ColumnType::TimestampUtc => clock::timestamp_utc(text).is_some(),
    }
}

/// All of a column but its values.
struct Rest<'a> {
    fields: Fields<'a>,
    nulls: &'a Nulls,
    null_rows: &'a mut Vec<u32>,
    scratch: &'a mut Vec<u8>,
    misfits: &'a mut Vec<Misfit>,
    cautious: bool,
}

impl Rest<'_> {
    #[inline]
    fn parse<T: Copy + Default>(
        &mut self,
        values: &mut Vec<T>,
        parse: impl Fn(&[u8]) -> Option<T> + Copy,
    ) {
        self.parse_within(values, |bytes, start, end| parse(&bytes[start..end]), parse);
    }

    /// The same for a parser that makes use of what stands around the value.
    #[inline]
    fn parse_within<T: Copy + Default>(
        &mut self,
        values: &mut Vec<T>,
        parse: impl Fn(&[u8], usize, usize) -> Option<T> + Copy,
        parse_alone: impl Fn(&[u8]) -> Option<T> + Copy,
    ) {
        let before = values.len();
        let fields = self.fields;
        let starts = fields.index.starts();
        values.extend(fields.records.iter().enumerate().map(|(number, record)| {
            let (start, end) = fields.place(starts, *record);
            match parse(fields.bytes, start, end) {
                Some(value) if !self.cautious => value,
                _ => self.parse_slowly(before, number, &fields.bytes[start..end], parse_alone),
            }
        }));
    }

    /// What is quoted, null, or no value.
    #[cold]
    fn parse_slowly<T: Default>(
        &mut self,
        before: usize,
        number: usize,
        field: &[u8],
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> T {
        let text = field::text(field, self.fields.quote, self.scratch).map(|(text, _)| text);
        if text.is_some_and(|text| self.nulls.contains(text)) {
            self.null_rows.push((before + number) as u32);
            return T::default();
        }
        text.and_then(parse).unwrap_or_else(|| {
            self.misfits.push(Misfit {
                record: number,
                field: self.fields.field,
            });
            T::default()
        })
    }

    fn copy(&mut self, column: &mut Text) {
        let before = column.len();
        let fields = self.fields;
        let (bytes, starts) = (fields.bytes, fields.index.starts());
        column.reserve(fields.records.len());
        for (number, record) in fields.records.iter().enumerate() {
            let (start, end) = fields.place(starts, *record);
            if self.nulls.contains(&bytes[start..end]) {
                self.null_rows.push((before + number) as u32);
                column.push(b"");
            } else if Some(bytes[start]) == fields.quote && end > start {
                self.copy_quoted(column, number, &bytes[start..end]);
            } else {
                column.push_part(bytes, start, end);
            }
        }
        self.check_utf8(column, before);
    }

    fn copy_quoted(&mut self, column: &mut Text, number: usize, field: &[u8]) {
        match field::text(field, self.fields.quote, self.scratch) {
            Some((text, _)) => column.push(text),
            None => {
                self.misfits.push(Misfit {
                    record: number,
                    field: self.fields.field,
                });
                column.push(b"");
            }
        }
    }

    /// The new rows, each apart only if they are not plain ASCII.
    fn check_utf8(&mut self, column: &Text, before: usize) {
        if column.is_ascii_from(before) {
            return;
        }
        for row in before..column.len() {
            if std::str::from_utf8(column.get(row)).is_err() {
                self.misfits.push(Misfit {
                    record: row - before,
                    field: self.fields.field,
                });
            }
        }
    }
}
