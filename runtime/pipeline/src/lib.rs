//! What a pipeline is: file → graph → stages → placement.
//!
//! - [`Pipeline::parse`] reads a pipeline file, [`Pipeline::builder`] takes one from a program. Either
//!   gives a graph that cannot be wrong, or a [`PipelineError`] with everything that is.
//! - [`choose`] picks what each task's plugin says of it; [`plan()`] checks the tasks against that and
//!   cuts the graph into the stages of a [`Plan`].
//! - [`placement::place`] says which node runs which piece of work.
//! - [`hash`] fixes how `partition-by` spreads rows over partitions, on every node and in every format.
//!
//! Non-goals: nothing here opens a file, knows what WebAssembly is, reads a clock or starts a thread.

mod builder;
mod description;
mod draft;
mod error;
mod file;
mod grants;
pub mod hash;
mod name;
mod pipeline;
pub mod placement;
mod plan;
mod spans;
mod suggest;
mod task;
#[cfg(test)]
mod tests;

pub use builder::{FromSpec, PipelineBuilder, TaskSpec};
pub use description::{Description, Format, Kind};
pub use error::{PipelineError, Problem, Rule};
pub use file::size_bytes;
pub use grants::Grants;
pub use name::{BadName, Label, TaskName};
pub use pipeline::{Pipeline, Source};
pub use placement::{NodeId, NodeInfo};
pub use plan::{
    Conversion, Exchange, ExchangeId, ExchangeMode, InputOutline, Outline, Phase, Plan,
    PlanOptions, Stage, StageId, StageInput, StageOutline, Step, StepOutline, Target, choose, plan,
};
pub use suggest::did_you_mean;
pub use task::{BadPlugin, Input, Limits, OnError, PluginRef, Task, TaskIndex};
