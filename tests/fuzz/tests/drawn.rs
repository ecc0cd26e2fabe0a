//! Values of any type that serde knows, drawn by lot: as if they had been read from dice.

use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::pipeline_file;
use crate::random::Random;

/// Deeper than this lists are empty, so that every value ends.
const DEPTH_MAX: u32 = 12;

/// Texts that mean something somewhere, and some that do not.
const TEXTS: [&str; 16] = [
    "",
    "in",
    "out",
    "csv",
    "1.2.0",
    "*.example.org:443",
    "node-1",
    "127.0.0.1:4433",
    "/data/{date}/x.csv",
    "{}",
    r#"{"a":[1,{"b":null,"c":-0.5e-7}],"ü":"\u0000"}"#,
    r#"{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}"#,
    "null",
    "[[[[[[[[]]]]]]]]",
    "a rather long text, so that it does not fit where short ones do: äöü€😀",
    "\u{feff}\n\t\0\u{202e}",
];

/// A value of this type; none where what was drawn is not one.
pub(crate) fn drawn<T: DeserializeOwned>(random: &mut Random) -> Option<T> {
    T::deserialize(Drawn { random, depth: 0 }).ok()
}

struct Drawn<'a> {
    random: &'a mut Random,
    depth: u32,
}

impl Drawn<'_> {
    fn inner(&mut self) -> Drawn<'_> {
        Drawn {
            random: self.random,
            depth: self.depth + 1,
        }
    }

    fn length(&mut self) -> usize {
        if self.depth > DEPTH_MAX {
            0
        } else {
            self.random.below(4)
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let [a, b, c, d, e, f, g, h] = self.random.number().to_le_bytes();
            let bytes = [a, b, c, d, e, f, g, h, a, b, c, d, e, f, g, h];
            let bytes = bytes.first_chunk().expect("no number has more than 16 bytes");
            visitor.$visit(<$type>::from_le_bytes(*bytes))
        }
    )*};
}

impl<'de> Deserializer<'de> for Drawn<'_> {
    type Error = Error;

    numbers! {
        deserialize_u8 visit_u8 u8, deserialize_i8 visit_i8 i8,
        deserialize_u16 visit_u16 u16, deserialize_i16 visit_i16 i16,
        deserialize_u32 visit_u32 u32, deserialize_i32 visit_i32 i32,
        deserialize_u64 visit_u64 u64, deserialize_i64 visit_i64 i64,
        deserialize_u128 visit_u128 u128, deserialize_i128 visit_i128 i128,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64,
    }

    forward_to_deserialize_any! { identifier ignored_any }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("postcard cannot read it either"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.random.one_in(2))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char(*self.random.pick(&['a', '0', '€']))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(TEXTS[self.random.below(TEXTS.len())])
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(&self.random.bytes(40))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.depth > DEPTH_MAX || self.random.one_in(3) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.length();
        visitor.visit_seq(Several { left, of: self })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Several {
            left: length,
            of: self,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.length();
        visitor.visit_map(Several { left, of: self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // What a pipeline is made of: no dice make a graph that holds.
        if name == "Parts" && fields.contains(&"tasks") {
            let mut written =
                postcard::Deserializer::from_bytes(pipeline_file::encoded(self.random));
            let read = written.deserialize_struct(name, fields, visitor);
            return read.map_err(Error::custom);
        }
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = u32::try_from(self.random.below(variants.len())).unwrap_or(0);
        visitor.visit_enum(Variant { variant, of: self })
    }
}

/// So many values, or pairs of them.
struct Several<'a> {
    left: usize,
    of: Drawn<'a>,
}

impl<'de> SeqAccess<'de> for Several<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.of.inner()).map(Some)
    }
}

impl<'de> MapAccess<'de> for Several<'_> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.of.inner())
    }
}

struct Variant<'a> {
    variant: u32,
    of: Drawn<'a>,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Drawn<'a>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Drawn<'a>), Error> {
        let index: U32Deserializer<Error> = self.variant.into_deserializer();
        let Drawn { random, depth } = self.of;
        Ok((
            seed.deserialize(index)?,
            Drawn {
                random,
                depth: depth + 1,
            },
        ))
    }
}

impl<'de> VariantAccess<'de> for Drawn<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}
