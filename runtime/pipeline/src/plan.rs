//! How a pipeline is run: its tasks in stages, cut at exchanges.

mod config;
mod cut;
mod formats;
mod outline;
mod plugins;
mod rights;

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use crate::{Description, Format, Label, Pipeline, PipelineError, TaskIndex};

pub use outline::{InputOutline, Outline, StageOutline, StepOutline};
pub use plugins::choose;

/// The stages of a job and the exchanges between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// In topological order: a stage reads only from stages before it. A [`StageId`] counts along.
    pub stages: Vec<Stage>,
    /// An [`ExchangeId`] counts along.
    pub exchanges: Vec<Exchange>,
}

/// Tasks with no exchange between them: they run together, in one place, chunk by chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What the root reads.
    pub input: StageInput,
    /// `[0]` is the root; parents stand before their children.
    pub steps: Vec<Step>,
    /// At most so many attempts run at once: the least that any of its tasks asks for.
    pub parallelism: Option<NonZeroU32>,
    /// Only nodes of this label run it.
    pub on: Option<Label>,
    /// How many partitions its input has, if it is partitioned by key.
    pub partitions: NonZeroU32,
}

/// What the root of a stage reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StageInput {
    /// The root is an extract: a split of its source.
    Source,
    /// The root reads these, one after the other, in the order of its `from`.
    Exchanges(Vec<ExchangeId>),
}

/// One task in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which task.
    pub task: TaskIndex,
    /// Which part of its work.
    pub phase: Phase,
    /// The format that its `process` or `write` is given. For an extract, what it produces.
    pub accepts: Format,
    /// The format that it emits; `None` for a load.
    pub produces: Option<Format>,
    /// Applied to its input so that it becomes what it accepts. A root with several inputs of
    /// different formats has one that holds only for some: ask [`Plan::conversion`] for each.
    pub conversion: Option<Conversion>,
    /// Where every chunk that it emits goes. Empty for a load alone.
    pub targets: Vec<Target>,
}

/// Where a step's output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Straight into a later step of the same stage.
    Step(usize),
    /// Into the chunk store, for another stage.
    Exchange(ExchangeId),
}

/// Which part of a task's work a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// All of it.
    Whole,
    /// Before the exchange: what it emits is the input of `Final`.
    Partial,
    /// After the exchange.
    Final,
}

/// What the runtime does to chunks between two tasks whose formats differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conversion {
    /// Newline-delimited json becomes arrow.
    JsonToArrow,
    /// Arrow becomes newline-delimited json.
    ArrowToJson,
}

/// An edge where data changes hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The stage and the step in it that writes.
    pub from: (StageId, usize),
    /// The stage whose root reads.
    pub to: StageId,
    /// Which of the root's inputs it is.
    pub input: u32,
    /// Who reads what.
    pub mode: ExchangeMode,
    /// The format that is stored: what the writing step produces.
    pub format: Format,
}

/// Which partition of the reading stage gets what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExchangeMode {
    /// Rows equal in these columns go to one partition.
    PartitionBy(Vec<String>),
    /// Everything goes to the one partition there is.
    Gather,
    /// Every partition gets everything.
    Broadcast,
    /// A split's output goes to the split of the same number.
    Forward,
}

/// Which stage of a plan: its place among [`Plan::stages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageId(pub usize);

/// Which exchange of a plan: its place among [`Plan::exchanges`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub usize);

/// What a plan depends on beside the pipeline and its plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Partitions of a `partition-by` whose task names no `parallelism`.
    pub partitions: NonZeroU32,
}

impl Plan {
    /// One stage. Panics if the id is of another plan.
    pub fn stage(&self, id: StageId) -> &Stage {
        &self.stages[id.0]
    }

    /// One exchange. Panics if the id is of another plan.
    pub fn exchange(&self, id: ExchangeId) -> &Exchange {
        &self.exchanges[id.0]
    }

    /// How many splits (or partitions) a stage has, where `source_splits` knows how many each stage
    /// with a source was planned with. By key: as many as [`Stage::partitions`]. Forward: as many as
    /// the stage before. Gathered: one, even of nothing.
    pub fn width(&self, stage: StageId, source_splits: &dyn Fn(StageId) -> u32) -> u32 {
        let mut at = stage;
        loop {
            let StageInput::Exchanges(inputs) = &self.stage(at).input else {
                return source_splits(at);
            };
            let inputs = || inputs.iter().map(|id| self.exchange(*id));
            if inputs().any(|input| matches!(input.mode, ExchangeMode::PartitionBy(_))) {
                return self.stage(at).partitions.get();
            }
            match inputs().find(|input| input.mode == ExchangeMode::Forward) {
                Some(forward) => at = forward.from.0,
                None => return 1,
            }
        }
    }

    /// What is done to an exchange's chunks before the reading stage's root gets them.
    pub fn conversion(&self, exchange: ExchangeId) -> Option<Conversion> {
        let exchange = self.exchange(exchange);
        Conversion::between(exchange.format, self.stage(exchange.to).steps[0].accepts)
    }
}

impl Conversion {
    /// What turns `from` into `to`; `None` where they are the same or nothing does.
    pub fn between(from: Format, to: Format) -> Option<Self> {
        match (from, to) {
            (Format::Json, Format::Arrow) => Some(Self::JsonToArrow),
            (Format::Arrow, Format::Json) => Some(Self::ArrowToJson),
            _ => None,
        }
    }
}

/// Checks every task against what its plugin says and cuts the pipeline into stages.
///
/// `descriptions` has one a task, in the pipeline's order, such as [`choose`] gives.
///
/// # Errors
/// Every configuration that its schema does not allow, every missing grant with the line to add, and
/// every edge whose formats cannot meet.
///
/// # Panics
/// If there are not as many descriptions as tasks.
pub fn plan(
    pipeline: &Pipeline,
    descriptions: &[Description],
    options: PlanOptions,
) -> Result<Plan, PipelineError> {
    assert_eq!(
        descriptions.len(),
        pipeline.tasks().len(),
        "every task has a description"
    );
    let mut problems = Vec::new();
    for (index, description) in (0..).map(TaskIndex).zip(descriptions) {
        if description.kind == pipeline.task(index).kind {
            config::check(pipeline, index, description, &mut problems);
            rights::check(pipeline, index, description, &mut problems);
        } else {
            problems.push(plugins::lacks_kind(pipeline, index, &[description.kind]));
        }
    }
    let formats = formats::choose(pipeline, descriptions, &mut problems);
    if !problems.is_empty() {
        return Err(pipeline.error(problems));
    }
    Ok(cut::cut(pipeline, descriptions, &formats, options))
}

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Whole => "whole",
            Self::Partial => "partial",
            Self::Final => "final",
        })
    }
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::JsonToArrow => "json to arrow",
            Self::ArrowToJson => "arrow to json",
        })
    }
}

impl fmt::Display for ExchangeMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartitionBy(columns) => write!(f, "partition-by {}", columns.join(", ")),
            Self::Gather => f.pad("gather"),
            Self::Broadcast => f.pad("broadcast"),
            Self::Forward => f.pad("forward"),
        }
    }
}
