//! One value, as serde writes it.

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use super::super::reason::Reason;
use super::{Builder, Cells};

/// Puts one value into a column.
pub(super) struct CellSerializer<'a>(pub(super) &'a mut Builder);

macro_rules! numbers {
    ($($method:ident $type:ident $cells:ident,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<(), Reason> {
                if let Cells::$cells(cells) = &mut self.0.cells {
                    cells.push(value);
                    self.0.added(size_of::<$type>());
                    return Ok(());
                }
                self.0.push_integer(i128::from(value))
            }
        )*
    };
}

type Never = Impossible<(), Reason>;

impl Serializer for CellSerializer<'_> {
    type Ok = ();
    type Error = Reason;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    numbers! {
        serialize_i8 i8 Int8,
        serialize_i16 i16 Int16,
        serialize_i32 i32 Int32,
        serialize_i64 i64 Int64,
        serialize_u8 u8 UInt8,
        serialize_u16 u16 UInt16,
        serialize_u32 u32 UInt32,
        serialize_u64 u64 UInt64,
    }

    fn serialize_i128(self, value: i128) -> Result<(), Reason> {
        self.0.push_integer(value)
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Reason> {
        let Cells::Boolean(cells) = &mut self.0.cells else {
            return Err(self.0.other("true or false"));
        };
        cells.push(value);
        self.0.added(size_of::<bool>());
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), Reason> {
        match &mut self.0.cells {
            Cells::Float32(cells) => cells.push(value),
            Cells::Float64(cells) => cells.push(f64::from(value)),
            _ => return Err(self.0.other("a number")),
        }
        self.0.added(size_of::<f32>());
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), Reason> {
        let Cells::Float64(cells) = &mut self.0.cells else {
            return Err(self.0.other("a number"));
        };
        cells.push(value);
        self.0.added(size_of::<f64>());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Reason> {
        self.0.push_text(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Reason> {
        self.0.push_text(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Reason> {
        Err(self.0.other("bytes"))
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Reason> {
        self.0.push_null()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Reason> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Reason> {
        self.0.push_null()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Reason> {
        self.0.push_null()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Reason> {
        self.0.push_text(variant)
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
        Err(self.0.other("a variant with data"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Reason> {
        Err(self.0.other("a list"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Reason> {
        Err(self.0.other("a tuple"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Reason> {
        Err(self.0.other("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Reason> {
        Err(self.0.other("a variant with data"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Reason> {
        Err(self.0.other("a map"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, Reason> {
        Err(self.0.other("a struct"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Reason> {
        Err(self.0.other("a variant with data"))
    }
}
