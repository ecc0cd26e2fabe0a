//! Where a leader's commands are agreed on, alone or together.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bubbles_cluster::{
    Answer, Answers, Command, JobId, Log, ProposeError, Refusal, Replica, State,
};
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::metrics::{self, ProposalEnd};
use crate::state_folder::{PipelineKey, StateFolder};

/// The log as its leader sees it.
pub(crate) enum Agreement {
    /// A cluster of one, in one process: the log is in memory, bookmarks in a folder.
    Alone { log: Log, folder: StateFolder },
    /// A member of a cluster: the log is replicated, and on the disks of a majority.
    Together(Together),
}

/// The log that nodes share, as one that leads says to it.
pub(crate) trait SharedLog: Send {
    /// Has commands agreed; waits.
    fn propose(&self, commands: Vec<Command>) -> Result<Answers, ProposeError>;

    /// Looks at what is agreed.
    fn look(&self, look: &mut dyn FnMut(&State));
}

/// The replicated log, from a thread that may wait.
pub(crate) struct Replicated {
    pub(crate) replica: Arc<Replica>,
    pub(crate) runtime: Handle,
}

impl SharedLog for Replicated {
    fn propose(&self, commands: Vec<Command>) -> Result<Answers, ProposeError> {
        let began = Instant::now();
        let proposed = self.runtime.block_on(self.replica.propose(commands));
        let end = match &proposed {
            Ok(_) => ProposalEnd::Agreed,
            Err(ProposeError::Unsure { .. } | ProposeError::NoQuorum) => ProposalEnd::Unsure,
            Err(_) => ProposalEnd::NotLeader,
        };
        metrics::proposal_ended(end, began.elapsed());
        proposed
    }

    fn look(&self, look: &mut dyn FnMut(&State)) {
        self.replica.read(look);
    }
}

/// The log of a cluster, while this node leads.
pub(crate) struct Together {
    pub(crate) log: Box<dyn SharedLog>,
    /// The term in which this node was elected.
    pub(crate) epoch: u64,
    pub(crate) folder: StateFolder,
    /// What people call this node.
    pub(crate) name: String,
}

/// Another node leads now, or none does: nothing more is to be done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deposed;

impl Agreement {
    /// Under which the leader gives orders.
    pub(crate) fn epoch(&self) -> u64 {
        match self {
            Self::Alone { .. } => 1,
            Self::Together(together) => together.epoch,
        }
    }

    /// Whether other nodes may come and go.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Together(_))
    }

    /// What people call this node, where there are others.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Alone { .. } => None,
            Self::Together(together) => Some(together.name.clone()),
        }
    }

    /// The folder that a job has on this node.
    pub(crate) fn job_folder(&self, job: &JobId) -> io::Result<PathBuf> {
        match self {
            Self::Alone { folder, .. } => folder.new_job(&job.0),
            Self::Together(together) => together.folder.new_job(&job.0),
        }
    }

    /// Says commands; gives what came of each once they are agreed.
    pub(crate) fn propose(
        &mut self,
        commands: Vec<Command>,
    ) -> Result<Vec<Result<Answer, Refusal>>, Deposed> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Alone { log, .. } => Ok(log.propose(commands)),
            Self::Together(together) => together.propose(commands),
        }
    }

    /// Says one command.
    pub(crate) fn say(&mut self, command: Command) -> Result<Result<Answer, Refusal>, Deposed> {
        let mut answers = self.propose(vec![command])?;
        Ok(answers.pop().expect("a command has an answer"))
    }

    /// Makes sure that this node leads still: what it sees is the newest.
    pub(crate) fn confirm(&self) -> Result<(), Deposed> {
        match self {
            Self::Alone { .. } => Ok(()),
            Self::Together(together) => together.propose(Vec::new()).map(drop),
        }
    }

    /// Looks at what is agreed.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        match self {
            Self::Alone { log, .. } => look(log.state()),
            Self::Together(together) => {
                let (mut look, mut seen) = (Some(look), None);
                together.log.look(&mut |state| {
                    seen = look.take().map(|look| look(state));
                });
                seen.expect("a log shows its state once")
            }
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
            Self::Together(_) => Ok(()),
        }
    }

    /// Where the next job of a pipeline starts to read a source.
    pub(crate) fn bookmark(&self, pipeline: &str, task: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Alone { folder, .. } => folder.bookmark(&PipelineKey::known(pipeline), task),
            Self::Together(_) => {
                Ok(self.read(|state| state.bookmark(pipeline, task).map(<[u8]>::to_vec)))
            }
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
            Self::Together(_) => Ok(()),
        }
    }
}

impl Together {
    fn propose(&self, mut commands: Vec<Command>) -> Result<Vec<Result<Answer, Refusal>>, Deposed> {
        match self.log.propose(commands.clone()) {
            Ok(answers) => Ok(answers),
            Err(ProposeError::TooLarge { .. }) if commands.len() > 1 => {
                let rest = commands.split_off(commands.len() / 2);
                let mut answers = self.propose(commands)?;
                answers.extend(self.propose(rest)?);
                Ok(answers)
            }
            Err(ProposeError::TooLarge { .. } | ProposeError::Unreadable(_)) => {
                Ok(vec![Err(Refusal::TooLarge)])
            }
            Err(error) => {
                tracing::warn!(epoch = self.epoch, %error, "this node does not lead any more");
                Err(Deposed)
            }
        }
    }
}
