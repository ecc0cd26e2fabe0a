//! Why an attempt ended badly, and what that means for the job.

use bubbles_cluster::Work;
use bubbles_engine::CallError;
use bubbles_pipeline::TaskIndex;
use serde::{Deserialize, Serialize};

use crate::FailureKind;
use crate::metrics::AttemptEnd;

/// What an attempt failed of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The task at fault, where one is.
    pub(crate) task: Option<TaskIndex>,
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) verdict: Verdict,
    /// Input that could not be had from the node that stored it.
    pub(crate) lost: Option<LostInput>,
}

/// What an attempt was to read and could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LostInput {
    /// Whose output it is.
    pub(crate) work: Work,
    /// The node answered that it has it no longer; else it did not answer.
    pub(crate) gone: bool,
}

/// What the leader does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// The job fails: trying again would change nothing.
    Final,
    /// Counts against the task: four of them fail the job.
    Counts,
    /// Tried again with back-off.
    Transient,
    /// The job was cancelled; nobody is at fault.
    Cancelled,
    /// The node is at fault and not the work: another node gets it, and this one nothing more for
    /// a while.
    Node,
}

impl Fault {
    pub(crate) fn new(
        task: Option<TaskIndex>,
        kind: FailureKind,
        verdict: Verdict,
        message: impl Into<String>,
    ) -> Self {
        Self {
            task,
            kind,
            message: message.into(),
            verdict,
            lost: None,
        }
    }

    /// A failure of this machine.
    pub(crate) fn environment(message: impl ToString) -> Self {
        Self::new(
            None,
            FailureKind::Environment,
            Verdict::Final,
            message.to_string(),
        )
    }

    /// A failure of this machine that others need not have, such as a full disk.
    pub(crate) fn node(message: impl ToString) -> Self {
        let mut fault = Self::environment(message);
        fault.verdict = Verdict::Node;
        fault
    }

    /// How it is counted.
    pub(crate) fn end(&self) -> AttemptEnd {
        match self.verdict {
            Verdict::Final | Verdict::Counts => AttemptEnd::Failed,
            Verdict::Transient | Verdict::Node => AttemptEnd::Transient,
            Verdict::Cancelled => AttemptEnd::Stopped,
        }
    }

    /// Input that another node stored cannot be had from it.
    pub(crate) fn lost_input(lost: LostInput, message: impl ToString) -> Self {
        let mut fault = Self::environment(message);
        fault.verdict = Verdict::Transient;
        fault.lost = Some(lost);
        fault
    }

    /// The job was told to stop.
    pub(crate) fn cancelled() -> Self {
        Self::new(
            None,
            FailureKind::Environment,
            Verdict::Cancelled,
            "the job was cancelled",
        )
    }

    /// A task whose output is not what it declared.
    pub(crate) fn data(task: TaskIndex, message: impl ToString) -> Self {
        Self::new(
            Some(task),
            FailureKind::Data,
            Verdict::Final,
            message.to_string(),
        )
    }

    /// What a call's error means. A guest that was stopped and not by a fault of
    /// the attempt was stopped because the job was.
    pub(crate) fn of_call(task: TaskIndex, error: CallError) -> Self {
        let (kind, verdict) = match &error {
            CallError::Invalid(_) => (FailureKind::Invalid, Verdict::Final),
            CallError::Transient(_) => (FailureKind::Transient, Verdict::Transient),
            CallError::Fatal(_) => (FailureKind::Fatal, Verdict::Final),
            CallError::Trap { .. } => (FailureKind::Trap, Verdict::Counts),
            CallError::Limit(_) => (FailureKind::Limit, Verdict::Counts),
            CallError::Host(_) => (FailureKind::Environment, Verdict::Counts),
            CallError::Stopped => return Self::cancelled(),
        };
        let message = match error {
            CallError::Invalid(text) | CallError::Transient(text) | CallError::Fatal(text) => text,
            other => other.to_string(),
        };
        Self::new(Some(task), kind, verdict, message)
    }
}
