//! Rows as objects.

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::Fields;

use crate::encoder::{Cells, Encoder};
use crate::{Unsupported, text};

/// Writes the rows of a batch as objects. Made once a batch.
pub struct Rows<'a>(Object<'a>);

impl<'a> Rows<'a> {
    /// For a batch, whose columns become the fields, in order, nulls written out.
    ///
    /// # Errors
    /// JSON has no form for a column's type.
    pub fn new(batch: &'a RecordBatch) -> Result<Self, Unsupported> {
        Object::new(batch.schema_ref().fields(), batch.columns()).map(Self)
    }

    /// Adds a row as an object, on one line, without a newline after it.
    ///
    /// # Panics
    /// When the batch has columns, and no such row.
    #[inline]
    pub fn encode(&self, row: usize, out: &mut Vec<u8>) {
        self.0.encode(row, out);
    }
}

/// Columns whose rows are objects: those of a batch, or of a struct.
pub(crate) struct Object<'a> {
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    /// What stands before the value: a brace or a comma, the name, a colon.
    head: Vec<u8>,
    value: Encoder<'a>,
}

impl<'a> Object<'a> {
    pub(crate) fn new(fields: &Fields, columns: &'a [ArrayRef]) -> Result<Self, Unsupported> {
        let field = |(index, (field, column)): (usize, (&arrow_schema::FieldRef, &'a ArrayRef))| {
            let mut head = vec![if index == 0 { b'{' } else { b',' }];
            text::string(field.name(), &mut head);
            head.push(b':');
            let value = Encoder::new(column.as_ref() as &dyn Array)?;
            Ok(Field { head, value })
        };
        let fields = fields.iter().zip(columns).enumerate().map(field);
        Ok(Self {
            fields: fields.collect::<Result<_, _>>()?,
        })
    }
}

impl Cells for Object<'_> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        if self.fields.is_empty() {
            out.push(b'{');
        }
        for field in &self.fields {
            out.extend_from_slice(&field.head);
            field.value.encode_or_null(row, out);
        }
        out.push(b'}');
    }
}
