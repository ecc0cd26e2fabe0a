//! Which columns a type of row asks for, found out without a row.

use std::cell::Cell;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::reason::Reason;

/// The columns that a type of row names, in its own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// None if the type takes any columns (a map, a flattened field).
    pub(super) fields: Option<Vec<Field>>,
}

/// A column that a type of row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) wants: Wants,
}

/// What the type reads a column as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wants {
    Boolean,
    Integer,
    Number,
    Text,
    /// Something with parts, or something that takes whatever comes.
    #[default]
    Anything,
}

impl Wants {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Anything => "any type",
        }
    }
}

impl Shape {
    /// Lets the type read itself from something that only listens to what it asks for.
    pub(crate) fn of<T: Deserialize<'static>>() -> Self {
        let asked = Cell::new(None);
        // It always fails: there is no row.
        drop(T::deserialize(Names(&asked)));
        let field = |&name: &&'static str| {
            let wants = Cell::new(Wants::default());
            drop(T::deserialize(OneField {
                name,
                wants: &wants,
            }));
            Field {
                name,
                wants: wants.get(),
            }
        };
        Self {
            fields: asked
                .get()
                .map(|names: &[&'static str]| names.iter().map(field).collect()),
        }
    }
}

/// Notes the names of the fields.
struct Names<'a>(&'a Cell<Option<&'static [&'static str]>>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Reason;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Reason> {
        Err(Reason::new("there is no row"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        self.0.set(Some(fields));
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A row of one field, whose value notes what it is read as.
struct OneField<'a> {
    name: &'static str,
    wants: &'a Cell<Wants>,
}

impl<'de> Deserializer<'de> for OneField<'_> {
    type Error = Reason;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Reason;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Reason> {
        seed.deserialize(self.name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Reason> {
        seed.deserialize(Value(self.wants))
    }
}

/// A value that notes what it is read as.
struct Value<'a>(&'a Cell<Wants>);

impl Value<'_> {
    fn is<T>(&self, wants: Wants) -> Result<T, Reason> {
        self.0.set(wants);
        Err(Reason::new("there is no row"))
    }
}

macro_rules! wants {
    ($($method:ident)* => $wants:ident) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Reason> {
            self.is(Wants::$wants)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Reason;

    wants! { deserialize_bool => Boolean }
    wants! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 => Integer
    }
    wants! { deserialize_f32 deserialize_f64 => Number }
    wants! { deserialize_char deserialize_str deserialize_string => Text }
    wants! { deserialize_any => Anything }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Reason> {
        self.is(Wants::Text)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its type is looked at")]
    struct Flight<'a> {
        carrier: &'a str,
        #[serde(rename = "arr_delay")]
        delay: Option<f64>,
        day: u8,
        late: bool,
        stops: Vec<String>,
    }

    #[test]
    fn the_columns_of_a_struct() {
        let fields = Shape::of::<Flight<'static>>().fields.unwrap();
        let found: Vec<_> = fields
            .iter()
            .map(|field| (field.name, field.wants))
            .collect();
        let expected = [
            ("carrier", Wants::Text),
            ("arr_delay", Wants::Number),
            ("day", Wants::Integer),
            ("late", Wants::Boolean),
            ("stops", Wants::Anything),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_map_takes_any() {
        assert_eq!(Shape::of::<HashMap<String, String>>().fields, None);
    }
}
