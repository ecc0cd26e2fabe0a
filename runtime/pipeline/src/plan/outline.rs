//! A plan for people: its stages in order, what each reads, runs and hands on.

use std::fmt;

use serde::Serialize;

use super::{
    Conversion, ExchangeId, ExchangeMode, Phase, Plan, Stage, StageId, StageInput, Target,
};
use crate::{Format, Kind, Label, Pipeline, TaskName};

/// A plan with the names that its ids stand for. Printed, it is a paragraph a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// In topological order.
    pub stages: Vec<StageOutline>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageOutline {
    /// Which one.
    pub stage: StageId,
    /// How often it runs: `once per split of the source`, `4 partitions`.
    pub runs: String,
    /// Only nodes of this label run it.
    pub on: Option<Label>,
    /// At most so many attempts at once.
    pub parallelism: Option<u32>,
    /// What its root reads, in that order. Empty for a source.
    pub reads: Vec<InputOutline>,
    /// Its tasks, each after the one it reads from.
    pub steps: Vec<StepOutline>,
}

/// One input of a stage's root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputOutline {
    /// The task that wrote it.
    pub from: TaskName,
    /// The stage of that task.
    pub stage: StageId,
    /// Which partition gets what.
    pub mode: ExchangeMode,
    /// As it is stored.
    pub format: Format,
    /// What is done to it before the root gets it.
    pub conversion: Option<Conversion>,
}

/// One task in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepOutline {
    /// Which one.
    pub task: TaskName,
    /// What it does.
    pub kind: Kind,
    /// Its plugin, as written.
    pub plugin: String,
    /// Which part of its work.
    pub phase: Phase,
    /// How many tasks of the stage the data has gone through before it.
    pub depth: usize,
    /// What is done to the output of the task before it.
    pub conversion: Option<Conversion>,
    /// What it emits; `None` for a load.
    pub produces: Option<Format>,
    /// The stages that read from it.
    pub to: Vec<StageId>,
}

impl Plan {
    /// The plan in the pipeline's own names, for people and for `--output json`.
    pub fn outline(&self, pipeline: &Pipeline) -> Outline {
        let stages = (0..).map(StageId).zip(&self.stages);
        Outline {
            stages: stages
                .map(|(id, stage)| self.stage_outline(pipeline, id, stage))
                .collect(),
        }
    }

    fn stage_outline(&self, pipeline: &Pipeline, id: StageId, stage: &Stage) -> StageOutline {
        let mut depths = vec![0; stage.steps.len()];
        for (i, step) in stage.steps.iter().enumerate() {
            for target in &step.targets {
                if let Target::Step(child) = target {
                    depths[*child] = depths[i] + 1;
                }
            }
        }
        let steps = stage
            .steps
            .iter()
            .zip(depths)
            .enumerate()
            .map(|(i, (step, depth))| {
                let task = pipeline.task(step.task);
                let to = step.targets.iter().filter_map(|target| match target {
                    Target::Exchange(exchange) => Some(self.exchange(*exchange).to),
                    Target::Step(_) => None,
                });
                StepOutline {
                    task: task.name.clone(),
                    kind: task.kind,
                    plugin: task.plugin.to_string(),
                    phase: step.phase,
                    depth,
                    // Of a root it belongs to one of the inputs, where it is shown.
                    conversion: step.conversion.filter(|_| i > 0),
                    produces: step.produces,
                    to: to.collect(),
                }
            });
        StageOutline {
            stage: id,
            runs: self.runs(stage),
            on: stage.on.clone(),
            parallelism: stage.parallelism.map(u32::from),
            reads: self.reads(pipeline, stage),
            steps: steps.collect(),
        }
    }

    fn reads(&self, pipeline: &Pipeline, stage: &Stage) -> Vec<InputOutline> {
        let StageInput::Exchanges(inputs) = &stage.input else {
            return Vec::new();
        };
        let read = |&id: &ExchangeId| {
            let exchange = self.exchange(id);
            let (from, step) = exchange.from;
            InputOutline {
                from: pipeline
                    .task(self.stage(from).steps[step].task)
                    .name
                    .clone(),
                stage: from,
                mode: exchange.mode.clone(),
                format: exchange.format,
                conversion: self.conversion(id),
            }
        };
        inputs.iter().map(read).collect()
    }

    fn runs(&self, stage: &Stage) -> String {
        let StageInput::Exchanges(inputs) = &stage.input else {
            return "once per split of the source".to_owned();
        };
        let modes = || inputs.iter().map(|&id| self.exchange(id));
        if modes().any(|one| matches!(one.mode, ExchangeMode::PartitionBy(_))) {
            let partitions = stage.partitions.get();
            return format!(
                "{partitions} partition{}",
                if partitions == 1 { "" } else { "s" }
            );
        }
        match modes().find(|one| one.mode == ExchangeMode::Forward) {
            Some(forward) => format!("as often as stage {}", forward.from.0),
            None => "once".to_owned(),
        }
    }
}

impl fmt::Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stage) in self.stages.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{stage}")?;
        }
        Ok(())
    }
}

impl fmt::Display for StageOutline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage {}: {}", self.stage, self.runs)?;
        if let Some(most) = self.parallelism {
            write!(f, ", at most {most} at once")?;
        }
        if let Some(label) = &self.on {
            write!(f, ", on {label}")?;
        }
        writeln!(f)?;
        for read in &self.reads {
            write!(
                f,
                "  reads {} of stage {}: {}, {}",
                read.from, read.stage, read.mode, read.format
            )?;
            if let Some(conversion) = read.conversion {
                write!(f, ", converted {conversion}")?;
            }
            writeln!(f)?;
        }
        self.steps
            .iter()
            .try_for_each(|step| writeln!(f, "  {step}"))
    }
}

impl fmt::Display for StepOutline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.depth {
            write!(f, "  ")?;
        }
        write!(f, "{}: {} {}", self.task, self.kind, self.plugin)?;
        if self.phase != Phase::Whole {
            write!(f, ", {} phase", self.phase)?;
        }
        if let Some(conversion) = self.conversion {
            write!(f, ", input converted {conversion}")?;
        }
        if let Some(format) = self.produces {
            write!(f, ", emits {format}")?;
        }
        for stage in &self.to {
            write!(f, ", to stage {stage}")?;
        }
        Ok(())
    }
}
