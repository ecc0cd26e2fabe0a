//! Where in a pipeline file each key and value stands.

use std::{ops::Range, sync::Arc};

use miette::NamedSource;

/// Bytes of the file, counted from 0.
pub(crate) type Span = Range<usize>;

/// A pipeline file, kept so that errors found long after reading it can still point into it.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) source: Arc<NamedSource<String>>,
    pub(crate) root: Node,
}

/// A value of the file with its place, and the places of what it holds.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) key: Option<Span>,
    pub(crate) value: Span,
    /// What the file's format calls the value: `string`, `integer` and so on.
    pub(crate) type_name: &'static str,
    pub(crate) children: Children,
}

/// What a value holds.
#[derive(Debug, Clone)]
pub(crate) enum Children {
    None,
    Fields(Vec<(String, Node)>),
    Items(Vec<Node>),
}

/// A place in the file, or nowhere: a pipeline need not come from a file, a key need not be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a>(Option<&'a Node>);

impl Node {
    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        let Children::Fields(fields) = &self.children else {
            return None;
        };
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, node)| node)
    }

    /// The item at this place of a list.
    pub(crate) fn item(&self, index: usize) -> Option<&Self> {
        let Children::Items(items) = &self.children else {
            return None;
        };
        items.get(index)
    }
}

impl<'a> Place<'a> {
    pub(crate) const NOWHERE: Self = Self(None);

    pub(crate) fn of(node: &'a Node) -> Self {
        Self(Some(node))
    }

    pub(crate) fn field(self, name: &str) -> Self {
        Self(self.0.and_then(|node| node.field(name)))
    }

    pub(crate) fn item(self, index: usize) -> Self {
        Self(self.0.and_then(|node| node.item(index)))
    }

    /// The item of a list, or the value itself where one may be written without brackets.
    pub(crate) fn item_or_self(self, index: usize) -> Self {
        match self.0.map(|node| &node.children) {
            Some(Children::Items(_)) => self.item(index),
            _ => self,
        }
    }

    /// Follows names and indices as far as the file goes.
    pub(crate) fn follow<'s>(self, path: impl IntoIterator<Item = &'s str>) -> Self {
        path.into_iter().fold(self, |place, step| {
            let next = match step.parse() {
                Ok(index) if place.item(index).is_written() => place.item(index),
                _ => place.field(step),
            };
            if next.is_written() { next } else { place }
        })
    }

    /// This place, or the other where this one is nowhere.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.is_written() { self } else { other }
    }

    pub(crate) fn is_same(self, other: Self) -> bool {
        self.0.map(std::ptr::from_ref) == other.0.map(std::ptr::from_ref)
    }

    pub(crate) fn is_written(self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn value(self) -> Option<Span> {
        self.0.map(|node| node.value.clone())
    }

    /// The key, or the value where there is no key.
    pub(crate) fn key(self) -> Option<Span> {
        self.0
            .map(|node| node.key.clone().unwrap_or_else(|| node.value.clone()))
    }
}

impl Origin {
    /// The place of a task's `[[task]]`.
    pub(crate) fn task(&self, index: usize) -> Place<'_> {
        Place::of(&self.root).field("task").item(index)
    }
}
