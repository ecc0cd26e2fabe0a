//! The log of a node that stands alone: in memory, applied at once.

use crate::{Answer, Command, Refusal, State};

/// Where commands are agreed on. Alone, agreeing is applying; in a cluster the
/// replicated log sits here, and a command is applied once a quorum has it.
#[derive(Debug, Default)]
pub struct Log {
    state: State,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says a command, and what came of it.
    ///
    /// # Errors
    /// The state refuses it: nothing has changed.
    pub fn propose(&mut self, command: Command) -> Result<Answer, Refusal> {
        self.state.apply(command)
    }

    /// What is agreed now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}
