//! One row of plain values, as serde reads it.

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::column::Cell;
use super::columns::Named;
use super::reason::Reason;

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Record<'b> {
    pub(super) columns: &'b [Named],
    /// The columns are the fields of the struct that is read, all of them, in its order.
    pub(super) in_order: bool,
    pub(super) row: usize,
}

impl<'b> Deserializer<'b> for Record<'b> {
    type Error = Reason;

    fn deserialize_any<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_map(Cells {
            record: self,
            next: 0,
        })
    }

    /// Where the order is known, no name is compared.
    #[inline]
    fn deserialize_struct<V: Visitor<'b>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        if !self.in_order {
            return self.deserialize_any(visitor);
        }
        let mut cells = Cells {
            record: self,
            next: 0,
        };
        let value = visitor.visit_seq(&mut cells)?;
        match self.columns.get(cells.next) {
            None => Ok(value),
            // More names than fields: one is the alias of another.
            Some(extra) => Err(Reason::new(format!(
                "column `{}` is a second name of a field",
                extra.name
            ))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'b>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'b>>(self, _: usize, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_seq(&mut Cells {
            record: self,
            next: 0,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'b>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_seq(&mut Cells {
            record: self,
            next: 0,
        })
    }

    fn deserialize_seq<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_seq(&mut Cells {
            record: self,
            next: 0,
        })
    }

    forward_to_deserialize_any! {
        <V: Visitor<'b>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct map enum identifier ignored_any
    }
}

/// The cells of a row, one after the other.
struct Cells<'b> {
    record: Record<'b>,
    next: usize,
}

impl<'b> Cells<'b> {
    #[inline]
    fn read<S: DeserializeSeed<'b>>(&mut self, seed: S) -> Result<S::Value, Reason> {
        let named = &self.record.columns[self.next];
        self.next += 1;
        seed.deserialize(Cell {
            column: &named.column,
            row: self.record.row,
        })
        .map_err(|reason| reason.of_column(&named.name))
    }
}

impl<'b> SeqAccess<'b> for &mut Cells<'b> {
    type Error = Reason;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'b>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Reason> {
        if self.next == self.record.columns.len() {
            return Ok(None);
        }
        self.read(seed).map(Some)
    }
}

impl<'b> MapAccess<'b> for Cells<'b> {
    type Error = Reason;

    fn next_key_seed<S: DeserializeSeed<'b>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Reason> {
        let Some(named) = self.record.columns.get(self.next) else {
            return Ok(None);
        };
        seed.deserialize(named.name.as_str().into_deserializer())
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'b>>(&mut self, seed: S) -> Result<S::Value, Reason> {
        self.read(seed)
    }
}
