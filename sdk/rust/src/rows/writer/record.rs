//! One row, as serde writes it.

use serde::Serialize;
use serde::ser::{Impossible, SerializeStruct, Serializer};

use super::super::builder::Builder;
use super::super::reason::Reason;

/// Puts a row into its columns.
pub(super) struct RecordSerializer<'a>(pub(super) &'a mut [Builder]);

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

impl<'a> Serializer for RecordSerializer<'a> {
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
pub(super) struct Fields<'a> {
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
