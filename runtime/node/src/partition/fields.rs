//! The fields of a line of json, found without reading their values.
//!
//! Partitioning needs a field or two of each row. Reading the whole row as json
//! takes several times as long as finding where its fields begin and end; what
//! is between is for the next task to judge.

use memchr::memchr2;

/// A field as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Without its quotes; escapes stay.
    pub(super) name: &'a [u8],
    /// Json, if the line is.
    pub(super) value: &'a [u8],
}

/// Goes through the fields of an object. Ends early where the line turns out to
/// be none: [`Fields::is_whole`] then says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Within,
    End,
    Broken,
}

impl<'a> Fields<'a> {
    pub(super) fn of(line: &'a [u8]) -> Self {
        Self {
            rest: line,
            state: State::Start,
        }
    }

    /// Whether the line was one object to its end, as far as it was looked at.
    pub(super) fn is_whole(&self) -> bool {
        self.state == State::End
    }

    fn advance(&mut self) -> Option<Field<'a>> {
        self.rest = self.rest.trim_ascii_start();
        let (first, rest) = self.rest.split_first()?;
        match (self.state, first) {
            (State::Start, b'{') => {
                self.rest = rest.trim_ascii_start();
                if let Some(rest) = self.rest.strip_prefix(b"}") {
                    return self.end(rest);
                }
            }
            (State::Within, b',') => self.rest = rest.trim_ascii_start(),
            (State::Within, b'}') => return self.end(rest),
            _ => return None,
        }
        let name = self.text()?;
        let name = &name[1..name.len() - 1];
        self.rest = self
            .rest
            .trim_ascii_start()
            .strip_prefix(b":")?
            .trim_ascii_start();
        let value = self.value()?;
        self.state = State::Within;
        Some(Field { name, value })
    }

    fn end(&mut self, rest: &[u8]) -> Option<Field<'a>> {
        let alone = rest.trim_ascii().is_empty();
        self.state = if alone { State::End } else { State::Broken };
        None
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        match self.rest.first()? {
            b'"' => self.text(),
            b'{' | b'[' => self.nested(),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace();
                let end = self.rest.iter().position(ends)?;
                (end > 0).then(|| self.take(end))
            }
        }
    }

    /// A text with its quotes.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = text_end(self.rest)?;
        Some(self.take(end))
    }

    /// An object or array with all that it holds.
    fn nested(&mut self) -> Option<&'a [u8]> {
        let (mut at, mut depth) = (0, 0usize);
        loop {
            match self.rest.get(at)? {
                b'"' => at += text_end(&self.rest[at..])?,
                byte => {
                    at += 1;
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                }
            }
            if depth == 0 {
                return Some(self.take(at));
            }
        }
    }

    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if matches!(self.state, State::End | State::Broken) {
            return None;
        }
        let field = self.advance();
        if field.is_none() && self.state != State::End {
            self.state = State::Broken;
        }
        field
    }
}

/// How long the text at the start of `bytes` is, with its quotes.
fn text_end(bytes: &[u8]) -> Option<usize> {
    let mut at = bytes.starts_with(b"\"").then_some(1)?;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
    use serde_json::{Map, Value};

    use super::Fields;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop::strategy::Union::new([
            Just(Value::Null).boxed(),
            any::<bool>().prop_map(Value::from).boxed(),
            any::<f64>().prop_map(Value::from).boxed(),
            "[a\"\\\\{}\\[\\],: é]{0,8}".prop_map(Value::from).boxed(),
        ]);
        leaf.prop_recursive(4, 24, 4, |inner| {
            let object = prop::collection::vec(("[a-c\"\\\\]{0,3}", inner.clone()), 0..4);
            let object = object.prop_map(|fields| Value::Object(fields.into_iter().collect()));
            let array = prop::collection::vec(inner, 0..4).prop_map(Value::Array);
            prop::strategy::Union::new([object.boxed(), array.boxed()])
        })
    }

    fn read(line: &[u8]) -> (Vec<(String, Value)>, bool) {
        let mut fields = Fields::of(line);
        let found = fields.by_ref().map(|field| {
            let name = [b"\"", field.name, b"\""].concat();
            (
                serde_json::from_slice(&name).unwrap(),
                serde_json::from_slice(field.value).unwrap(),
            )
        });
        let found = found.collect();
        (found, fields.is_whole())
    }

    proptest! {
        #[test]
        fn finds_what_a_parser_finds(fields in prop::collection::vec(("\\PC{0,4}", value()), 0..5), pretty in any::<bool>()) {
            let object: Map<_, _> = fields.into_iter().collect();
            let line = if pretty { serde_json::to_vec_pretty(&object) } else { serde_json::to_vec(&object) };
            let (found, whole) = read(&line.unwrap());
            prop_assert!(whole);
            prop_assert_eq!(found, object.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_have_an_end(line in "[{}\\[\\]\",:\\\\ a1]{0,40}") {
            let mut fields = Fields::of(line.as_bytes());
            prop_assert!(fields.by_ref().count() <= line.len());
            let parsed = serde_json::from_str::<Map<String, Value>>(&line).is_ok();
            prop_assert!(fields.is_whole() || !parsed, "{}", line);
        }
    }

    #[test]
    fn what_is_no_object_is_not_whole() {
        for line in [
            "",
            "[1]",
            "1",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":\"x}",
            "{\"a\":[1}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":1}}",
            "{\"a\":1} x",
            "{\"a\":}",
            "{\"a\":1 \"b\":2}",
            "{\"a\\\":1}",
        ] {
            let mut fields = Fields::of(line.as_bytes());
            fields.by_ref().for_each(drop);
            assert!(!fields.is_whole(), "{line}");
        }
    }
}
