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

    /// Says commands, one after the other, and what came of each: where the state
    /// refuses one, that one has changed nothing.
    pub fn propose(&mut self, commands: Vec<Command>) -> Vec<Result<Answer, Refusal>> {
        let apply = |command| self.state.apply(command);
        commands.into_iter().map(apply).collect()
    }

    /// What is agreed now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}
