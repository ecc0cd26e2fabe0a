//! From TOML to plain values, with the place of each beside it.

use std::{ops::Range, sync::Arc};

use miette::NamedSource;
use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeFloat, DeInteger, DeTable, DeValue},
};

use crate::{
    PipelineError, Problem, Rule, Source,
    spans::{Children, Node, Origin},
};

/// Broken lines that are shown. A file with more is no pipeline, and its lines may be many.
const BROKEN_LINES_SHOWN: usize = 20;

/// The values of a file, where they stand, and those that no configuration can hold.
pub(super) fn read(source: &Source) -> Result<(Value, Origin, Vec<Problem>), PipelineError> {
    let named = Arc::new(NamedSource::new(&source.name, source.text.clone()));
    let (document, mut errors) = DeTable::parse_recoverable(&source.text);
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut problems = Vec::new();
    let span = document.span();
    let (value, children) = table(document.get_ref(), &mut problems);
    let root = Node {
        key: None,
        value: span,
        type_name: "table",
        children,
    };
    let origin = Origin {
        source: named,
        root,
    };
    // Behind the first error the parser guesses: only what it says of other lines is worth showing.
    let mut shown = 0;
    let mut last = None;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let same_line = last.is_some_and(|last| {
            let between = source.text.get(last..span.start);
            !between.is_some_and(|between| between.contains('\n'))
        });
        if same_line {
            continue;
        }
        if shown == BROKEN_LINES_SHOWN {
            break;
        }
        shown += 1;
        last = Some(span.start);
        problems.push(syntax(error.message(), span, &source.text));
    }
    if shown == 0 {
        return Ok((value, origin, problems));
    }
    problems.retain(|problem| problem.rule() == Rule::Syntax);
    let problems = problems
        .into_iter()
        .map(|problem| problem.within(Some(&origin)))
        .collect();
    Err(PipelineError::new(&source.name, problems))
}

fn syntax(message: &str, span: Range<usize>, text: &str) -> Problem {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    Problem::new(Rule::Syntax, format!("this is not TOML: {message}"))
        .at(Some(start..end), "here")
        .help("strings stand in double quotes, lists in [ ], tables in { }; a task starts with [[task]]")
}

fn table(table: &DeTable<'_>, problems: &mut Vec<Problem>) -> (Value, Children) {
    let mut entries: Vec<_> = table.iter().collect();
    // The parser sorts by name; a configuration keeps the order in which it was written.
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut values = Map::new();
    let mut nodes = Vec::new();
    for (key, entry) in entries {
        let (value, mut node) = any(entry, problems);
        node.key = Some(key.span());
        values.insert(key.get_ref().to_string(), value);
        nodes.push((key.get_ref().to_string(), node));
    }
    (Value::Object(values), Children::Fields(nodes))
}

fn any(entry: &Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> (Value, Node) {
    let mut children = Children::None;
    let value = match entry.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(value) => Value::String(value.to_string()),
        DeValue::Integer(number) => integer(number).unwrap_or_else(|| {
            problems.push(unusable(entry.span(), "a whole number has at most 64 bits"));
            Value::Null
        }),
        DeValue::Float(number) => float(number).unwrap_or_else(|| {
            problems.push(unusable(entry.span(), "a number is finite"));
            Value::Null
        }),
        DeValue::Array(items) => {
            let (values, nodes) = items.iter().map(|item| any(item, problems)).unzip();
            children = Children::Items(nodes);
            Value::Array(values)
        }
        DeValue::Table(fields) => {
            let (value, fields) = table(fields, problems);
            children = fields;
            value
        }
    };
    let type_name = entry.get_ref().type_str();
    (
        value,
        Node {
            key: None,
            value: entry.span(),
            type_name,
            children,
        },
    )
}

fn unusable(span: Range<usize>, reason: &str) -> Problem {
    Problem::new(Rule::Value, "a number that no configuration can hold").at(Some(span), reason)
}

fn integer(number: &DeInteger<'_>) -> Option<Value> {
    let (digits, radix) = (number.as_str(), number.radix());
    let signed = i64::from_str_radix(digits, radix).ok().map(Value::from);
    signed.or_else(|| u64::from_str_radix(digits, radix).ok().map(Value::from))
}

fn float(number: &DeFloat<'_>) -> Option<Value> {
    let value: f64 = number.as_str().parse().ok()?;
    Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn source(text: &str) -> Source {
        Source {
            name: "x.toml".into(),
            text: text.into(),
            base: PathBuf::new(),
        }
    }

    #[test]
    fn values_stand_where_they_were_written() {
        let text = "b = 1\n[[task]]\nconfig = { z = [1, \"two\"], a = 0x10 }\n";
        let (value, origin, problems) = read(&source(text)).unwrap();
        assert!(problems.is_empty());
        assert_eq!(
            value["task"][0]["config"].to_string(),
            r#"{"z":[1,"two"],"a":16}"#
        );
        let two = origin
            .task(0)
            .field("config")
            .field("z")
            .item(1)
            .value()
            .unwrap();
        assert_eq!(&text[two], "\"two\"");
        let header = origin.task(0).key().unwrap();
        assert_eq!(&text[header], "[[task]]");
    }

    #[test]
    fn numbers_that_json_lacks_are_named() {
        let (_, _, problems) = read(&source("a = nan\nb = 1\n")).unwrap();
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn of_many_broken_lines_the_first_are_shown() {
        let error = read(&source(&"a b\n".repeat(100_000))).unwrap_err();
        let lines: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| problem.place().unwrap().1)
            .collect();
        assert_eq!(lines, (1..=BROKEN_LINES_SHOWN).collect::<Vec<_>>());
    }

    #[test]
    fn each_broken_line_is_shown_once() {
        let error = read(&source("a = \nb = 1\nc = [1\n")).unwrap_err();
        let lines: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| problem.place().unwrap().1)
            .collect();
        assert_eq!(lines.first(), Some(&1));
        assert!(lines.is_sorted() && lines.len() <= 3, "{lines:?}");
    }
}
