//! What a task is told about itself and about its chunks.

/// How the bytes of a chunk are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Opaque to the runtime.
    Bytes,
    /// Newline-delimited JSON: one value a line, UTF-8, the last line ended too.
    Json,
    /// One Arrow IPC stream: the schema, then whole record batches, then the end of the stream.
    Arrow,
}

/// Which part of its work a combinable transform does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Phase {
    /// All of it.
    #[default]
    Whole,
    /// Before the exchange: what it emits is the input of [`Phase::Final`].
    Partial,
    /// After the exchange: its input is what [`Phase::Partial`] emitted.
    Final,
}

/// Where a task runs. In a retry all of it is the same again, but `attempt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The job's name.
    pub job: String,
    /// The task's name in the pipeline.
    pub task: String,
    /// Which part of its work a combinable transform does.
    pub phase: Phase,
    /// Which split of the source, or which partition after an exchange, from 0.
    pub split: u32,
    /// How many there are.
    pub splits: u32,
    /// 1 for the first try.
    pub attempt: u32,
}

/// The one split of a job called `test`: a start for tests.
impl Default for Context {
    fn default() -> Self {
        Self {
            job: "test".to_owned(),
            task: "test".to_owned(),
            phase: Phase::Whole,
            split: 0,
            splits: 1,
            attempt: 1,
        }
    }
}
