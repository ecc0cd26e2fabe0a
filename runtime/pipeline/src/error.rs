//! What is wrong with a pipeline, where, and what would be right.

use std::{fmt, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

use crate::spans::{Origin, Span};

/// Everything that is wrong with a pipeline, at least one thing.
///
/// miette renders it with the lines of the file. Without miette, `{:#}` gives every problem with its
/// line and column, `{}` the only one or how many there are.
#[derive(Debug, Clone)]
pub struct PipelineError {
    subject: String,
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Error)]
#[error("{message}")]
pub struct Problem {
    rule: Rule,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source_code: Option<Arc<NamedSource<String>>>,
}

/// Which rule a problem breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The file is not TOML.
    Syntax,
    /// A key that is not known.
    UnknownKey,
    /// Something that must be written and is not.
    Missing,
    /// A value of the wrong type.
    Type,
    /// A value of the right type that cannot be used.
    Value,
    /// Two things of one name.
    Duplicate,
    /// Keys that exclude each other.
    Conflict,
    /// An edge that leads nowhere, or to or from a task that cannot have it.
    Edge,
    /// Tasks that wait for each other.
    Cycle,
    /// More than the runtime takes.
    TooMany,
    /// The plugin cannot be had or does not do what is asked.
    Plugin,
    /// The configuration is not what the plugin's schema allows.
    Config,
    /// The configuration needs a right that the task is not given.
    Grant,
    /// One task's output is nothing that the next one reads.
    Format,
}

impl PipelineError {
    /// `subject` is the file as it is shown, or the pipeline's name.
    pub(crate) fn new(subject: impl Into<String>, problems: Vec<Problem>) -> Self {
        debug_assert!(!problems.is_empty(), "an error has a problem");
        Self {
            subject: subject.into(),
            problems,
        }
    }

    /// All of it, in the order of the file where there is one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Both errors as one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self
    }

    fn only(&self) -> Option<&Problem> {
        match self.problems.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Problem {
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        let (help, labels, source_code) = (None, Vec::new(), None);
        Self {
            rule,
            message: message.into(),
            help,
            labels,
            source_code,
        }
    }

    /// Points at a place with a word on it. The first place given is where the problem is.
    pub(crate) fn at(mut self, span: Option<Span>, label: impl Into<String>) -> Self {
        if let Some(span) = span {
            self.labels
                .push(LabeledSpan::new_with_span(Some(label.into()), span));
        }
        self
    }

    /// Says what would be right.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Gives the labels a text to point into.
    pub(crate) fn within(mut self, origin: Option<&Origin>) -> Self {
        self.source_code = origin.map(|origin| Arc::clone(&origin.source));
        self
    }

    /// Which rule it breaks.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// File, line and column of the first place it points at, the latter two from 1.
    pub fn place(&self) -> Option<(&str, usize, usize)> {
        let source = self.source_code.as_deref()?;
        let offset = self.labels.first()?.offset();
        let before = source.inner().get(..offset)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        Some((
            source.name(),
            line,
            before[line_start..].chars().count() + 1,
        ))
    }

    pub(crate) fn offset(&self) -> usize {
        self.labels.first().map_or(0, LabeledSpan::offset)
    }
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(only) => write!(f, "{only}")?,
            None => write!(
                f,
                "{} things are wrong in {}",
                self.problems.len(),
                self.subject
            )?,
        }
        if !f.alternate() {
            return Ok(());
        }
        for problem in &self.problems {
            write!(f, "\n  ")?;
            if let Some((file, line, column)) = problem.place() {
                write!(f, "{file}:{line}:{column}: ")?;
            }
            write!(f, "{problem}")?;
            if let Some(help) = &problem.help {
                write!(f, "\n    {}", help.replace('\n', "\n    "))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for PipelineError {}

impl Diagnostic for PipelineError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only()?.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.only()?.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only()?.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self.only() {
            Some(_) => None,
            None => Some(Box::new(
                self.problems
                    .iter()
                    .map(|problem| problem as &dyn Diagnostic),
            )),
        }
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source_code
            .as_deref()
            .map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }
}
