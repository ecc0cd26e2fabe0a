//! What separates and quotes values.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// How a file is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    /// None: a quote is a character like any other, and a record ends at every newline.
    pub(crate) quote: Option<u8>,
}

impl Dialect {
    pub(crate) fn new(delimiter: Delimiter, quote: Quote) -> Result<Self, String> {
        if quote.0 == Some(delimiter.0) {
            return Err("delimiter and quote are the same character".to_owned());
        }
        Ok(Self {
            delimiter: delimiter.0,
            quote: quote.0,
        })
    }
}

/// One ASCII character between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Delimiter(pub(crate) u8);

/// One ASCII character around values, or `""` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Quote(pub(crate) Option<u8>);

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl Default for Quote {
    fn default() -> Self {
        Self(Some(b'"'))
    }
}

impl TryFrom<String> for Delimiter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        separator(&text)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not one ASCII character, such as \",\" or \"\\t\""))
    }
}

impl TryFrom<String> for Quote {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        separator(&text)
            .map(|byte| Self(Some(byte)))
            .ok_or_else(|| format!("{text:?} is not one ASCII character, nor \"\" for none"))
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> Self {
        char::from(delimiter.0).to_string()
    }
}

impl From<Quote> for String {
    fn from(quote: Quote) -> Self {
        quote
            .0
            .map(|byte| char::from(byte).to_string())
            .unwrap_or_default()
    }
}

fn separator(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

impl JsonSchema for Delimiter {
    fn schema_name() -> Cow<'static, str> {
        "Delimiter".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 1 })
    }
}

impl JsonSchema for Quote {
    fn schema_name() -> Cow<'static, str> {
        "Quote".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 1 })
    }
}
