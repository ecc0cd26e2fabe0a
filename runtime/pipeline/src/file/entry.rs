//! A value of the file, read as the type it should have.

use serde_json::Value;

use crate::{
    Problem, Rule,
    spans::{Children, Node, Place},
    suggest::{did_you_mean, list},
};

/// A value and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    value: &'a Value,
    node: &'a Node,
}

impl<'a> Entry<'a> {
    pub(super) fn new(value: &'a Value, node: &'a Node) -> Self {
        Self { value, node }
    }

    pub(super) fn value(self) -> &'a Value {
        self.value
    }

    pub(super) fn place(self) -> Place<'a> {
        Place::of(self.node)
    }

    /// What TOML calls the value.
    pub(super) fn type_name(self) -> &'static str {
        self.node.type_name
    }

    pub(super) fn field(self, name: &str) -> Option<Self> {
        Some(Self::new(self.value.get(name)?, self.node.field(name)?))
    }

    /// Names every key that is not one of `known`, which are the keys of `what`.
    pub(super) fn known_keys(
        self,
        known: &[&str],
        what: &str,
        hint: &str,
        problems: &mut Vec<Problem>,
    ) {
        let Children::Fields(fields) = &self.node.children else {
            return;
        };
        for (key, node) in fields
            .iter()
            .filter(|(key, _)| !known.contains(&key.as_str()))
        {
            let help = match did_you_mean(key, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("{what} has {}{hint}", list(known.iter().copied())),
            };
            problems.push(
                Problem::new(Rule::UnknownKey, format!("unknown key `{key}`"))
                    .at(node.key.clone(), format!("{what} has no such key"))
                    .help(help),
            );
        }
    }

    pub(super) fn string(self, key: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
        match self.value {
            Value::String(text) if self.type_name() == "string" => Some(text),
            _ => self.wrong(key, "a string, in double quotes", problems),
        }
    }

    pub(super) fn bool(self, key: &str, problems: &mut Vec<Problem>) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(*value),
            _ => self.wrong(key, "`true` or `false`", problems),
        }
    }

    /// A list of strings; one string stands for a list of one.
    pub(super) fn strings(self, key: &str, problems: &mut Vec<Problem>) -> Option<Vec<String>> {
        if self.type_name() == "string" {
            return self.string(key, problems).map(|text| vec![text.to_owned()]);
        }
        let items = self.items(key, "a list of strings", problems)?;
        items
            .into_iter()
            .map(|item| item.string(key, problems).map(str::to_owned))
            .collect()
    }

    pub(super) fn items(
        self,
        key: &str,
        expected: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<Self>> {
        match (self.value, &self.node.children) {
            (Value::Array(values), Children::Items(nodes)) => Some(
                values
                    .iter()
                    .zip(nodes)
                    .map(|(value, node)| Self::new(value, node))
                    .collect(),
            ),
            _ => self.wrong(key, expected, problems),
        }
    }

    /// Notes that the value is not what it should be, and has no other to give.
    pub(super) fn wrong<T>(
        self,
        key: &str,
        expected: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        self.complain(key, expected, problems);
        None
    }

    /// Notes that the value is not of the type it should be.
    pub(super) fn complain(self, key: &str, expected: &str, problems: &mut Vec<Problem>) {
        let article = match self.type_name() {
            kind @ ("array" | "integer") => format!("an {kind}"),
            kind => format!("a {kind}"),
        };
        problems.push(
            Problem::new(Rule::Type, format!("`{key}` has the wrong type"))
                .at(self.place().value(), format!("this is {article}"))
                .help(format!("`{key}` is {expected}")),
        );
    }
}
