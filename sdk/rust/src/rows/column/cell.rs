//! One cell, as serde reads it.

use arrow_array::Array;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::super::reason::Reason;
use super::Column;

/// One cell.
#[derive(Clone, Copy)]
pub(in crate::rows) struct Cell<'b> {
    pub(in crate::rows) column: &'b Column,
    pub(in crate::rows) row: usize,
}

impl<'b> Cell<'b> {
    /// The value, in the type the column has; a null is a unit.
    #[inline]
    fn visit<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        let row = self.row;
        if self.column.is_null(row) {
            return visitor.visit_unit();
        }
        match self.column {
            Column::Null => visitor.visit_unit(),
            Column::Boolean(array) => visitor.visit_bool(array.value(row)),
            Column::Int8(array) => visitor.visit_i8(array.value(row)),
            Column::Int16(array) => visitor.visit_i16(array.value(row)),
            Column::Int32(array) => visitor.visit_i32(array.value(row)),
            Column::Int64(array) => visitor.visit_i64(array.value(row)),
            Column::UInt8(array) => visitor.visit_u8(array.value(row)),
            Column::UInt16(array) => visitor.visit_u16(array.value(row)),
            Column::UInt32(array) => visitor.visit_u32(array.value(row)),
            Column::UInt64(array) => visitor.visit_u64(array.value(row)),
            Column::Float32(array) => visitor.visit_f32(array.value(row)),
            Column::Float64(array) => visitor.visit_f64(array.value(row)),
            Column::Text(array) => visitor.visit_borrowed_str(array.value(row)),
            Column::LargeText(array) => visitor.visit_borrowed_str(array.value(row)),
            Column::TextView(array) => visitor.visit_borrowed_str(array.value(row)),
            Column::Coded(coded) => coded.cell(row).visit(visitor),
        }
    }

    /// The value for a type that takes no null.
    #[inline]
    fn visit_value<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        if self.column.is_null(self.row) {
            return Err(no_null());
        }
        self.visit(visitor)
    }
}

#[cold]
fn no_null() -> Reason {
    Reason::new("it is null, and the row takes no null there (an `Option` would)")
}

macro_rules! values {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
                self.visit_value(visitor)
            }
        )*
    };
}

impl<'b> Deserializer<'b> for Cell<'b> {
    type Error = Reason;

    values! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_char deserialize_bytes
        deserialize_byte_buf
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        match self.column {
            Column::Float64(array) if array.is_valid(self.row) => {
                visitor.visit_f64(array.value(self.row))
            }
            _ => self.visit_value(visitor),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        match self.column {
            Column::Text(array) if array.is_valid(self.row) => {
                visitor.visit_borrowed_str(array.value(self.row))
            }
            _ => self.visit_value(visitor),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        self.deserialize_str(visitor)
    }

    fn deserialize_any<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        self.visit(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        if self.column.is_null(self.row) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'b>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'b>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        if self.column.is_null(self.row) {
            return Err(no_null());
        }
        let variant = match self.column {
            Column::Text(array) => array.value(self.row),
            Column::LargeText(array) => array.value(self.row),
            Column::TextView(array) => array.value(self.row),
            Column::Coded(coded) => {
                return coded
                    .cell(self.row)
                    .deserialize_enum(name, variants, visitor);
            }
            _ => return Err(Reason::new("it is no text, and the row has an enum there")),
        };
        visitor.visit_enum(variant.into_deserializer())
    }

    forward_to_deserialize_any! {
        <V: Visitor<'b>>
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
