//! What is wrong with a pipeline, where, and what would be right.

use thiserror::Error;

/// Everything that is wrong with a pipeline.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct PipelineError {
    message: String,
    help: Option<String>,
}

/// One thing that is wrong.
#[derive(Debug)]
pub struct Problem;

/// Which rule a problem breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {}

impl PipelineError {
    pub(crate) fn placeholder(message: String, help: Option<String>) -> Self {
        Self { message, help }
    }
}
impl miette::Diagnostic for PipelineError {}
