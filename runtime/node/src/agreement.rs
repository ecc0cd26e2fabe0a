//! Where a leader's commands are agreed on, alone or together.

use std::io;

use bubbles_cluster::{Answer, Command, JobId, Log, Refusal, State};

use crate::state_folder::{PipelineKey, StateFolder};

/// The log as its leader sees it.
pub(crate) enum Agreement {
    /// A cluster of one, in one process: the log is in memory, bookmarks in a folder.
    Alone { log: Log, folder: StateFolder },
}

/// Another node leads now, or none does: nothing more is to be done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deposed;

impl Agreement {
    /// Under which the leader gives orders.
    pub(crate) fn epoch(&self) -> u64 {
        match self {
            Self::Alone { .. } => 1,
        }
    }

    /// Says commands; gives what came of each once they are agreed.
    pub(crate) fn propose(
        &mut self,
        commands: Vec<Command>,
    ) -> Result<Vec<Result<Answer, Refusal>>, Deposed> {
        match self {
            Self::Alone { log, .. } => Ok(log.propose(commands)),
        }
    }

    /// Says one command.
    pub(crate) fn say(&mut self, command: Command) -> Result<Result<Answer, Refusal>, Deposed> {
        let mut answers = self.propose(vec![command])?;
        Ok(answers.pop().expect("a command has an answer"))
    }

    /// Looks at what is agreed.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        match self {
            Self::Alone { log, .. } => look(log.state()),
        }
    }

    /// A job has ended and been told of. Alone, nobody asks for it again.
    pub(crate) fn ended(&mut self, job: &JobId) -> Result<(), Deposed> {
        match self {
            Self::Alone { .. } => {
                let job = job.clone();
                self.say(Command::Forget { job })?.ok();
                Ok(())
            }
        }
    }

    /// Where the next job of a pipeline starts to read a source.
    pub(crate) fn bookmark(&self, pipeline: &str, task: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Alone { folder, .. } => folder.bookmark(&PipelineKey::known(pipeline), task),
        }
    }

    /// Makes the bookmark of a job that is about to end outlast this process, where the log does
    /// not do so.
    pub(crate) fn keep_bookmark(
        &self,
        pipeline: &str,
        task: &str,
        bookmark: &[u8],
    ) -> io::Result<()> {
        match self {
            Self::Alone { folder, .. } => {
                folder.keep_bookmark(&PipelineKey::known(pipeline), task, bookmark)
            }
        }
    }
}
