//! Cuts a pipeline into stages at its exchanges.

use std::num::NonZeroU32;

use super::{
    Conversion, Exchange, ExchangeId, ExchangeMode, Phase, Plan, PlanOptions, Stage, StageId,
    StageInput, Step, Target, formats::Formats,
};
use crate::{Description, Format, Pipeline, Task, TaskIndex};

/// Where a task's output comes from: a stage and a step in it.
type Spot = (StageId, usize);

/// The plan of a pipeline all of whose rules hold.
pub(super) fn cut(
    pipeline: &Pipeline,
    descriptions: &[Description],
    formats: &[Formats],
    options: PlanOptions,
) -> Plan {
    let mut cutter = Cutter {
        pipeline,
        formats,
        partitions: options.partitions,
        plan: Plan {
            stages: Vec::new(),
            exchanges: Vec::new(),
        },
        spots: vec![None; pipeline.tasks().len()],
    };
    // Parents come first, so what a task reads from has its spot when the task's turn comes.
    for index in pipeline.in_data_order() {
        let task = pipeline.task(index);
        let spot = match task.inputs.as_slice() {
            [] => cutter.begin(index, StageInput::Source, Phase::Whole),
            _ if is_combined(task, &descriptions[index.0]) => cutter.combine(index),
            _ => match cutter.modes(task) {
                Some(modes) => cutter.behind(index, modes),
                None => cutter.follow(index, cutter.spot(task.inputs[0].from), Phase::Whole),
            },
        };
        cutter.spots[index.0] = Some(spot);
    }
    cutter.plan
}

/// Whether a task runs in two phases: what it reads changes hands, and it can work on pieces first.
/// With several inputs it cannot: what comes out of a piece no longer says which input it was.
pub(super) fn is_combined(task: &Task, description: &Description) -> bool {
    match task.inputs.as_slice() {
        [input] => description.combinable && (task.gather || !input.partition_by.is_empty()),
        _ => false,
    }
}

struct Cutter<'a> {
    pipeline: &'a Pipeline,
    formats: &'a [Formats],
    partitions: NonZeroU32,
    plan: Plan,
    spots: Vec<Option<Spot>>,
}

impl Cutter<'_> {
    fn spot(&self, task: TaskIndex) -> Spot {
        self.spots[task.0].expect("tasks are cut in the order of the data")
    }

    /// How each input changes hands; `None` where the task goes on in its producer's stage.
    fn modes(&self, task: &Task) -> Option<Vec<ExchangeMode>> {
        let plain = |task: &Task| {
            task.inputs
                .iter()
                .filter(|input| input.partition_by.is_empty() && !input.broadcast)
                .count()
        };
        if let ([input], false, 1) = (task.inputs.as_slice(), task.gather, plain(task)) {
            let (stage, _) = self.spot(input.from);
            // Without a wish of its own a task goes on where its data is.
            let moves = task.on.is_some() && task.on != self.plan.stage(stage).on;
            return moves.then(|| vec![ExchangeMode::Forward]);
        }
        let several = plain(task) > 1;
        let modes = task.inputs.iter().map(|input| match () {
            () if task.gather => ExchangeMode::Gather,
            () if !input.partition_by.is_empty() => {
                ExchangeMode::PartitionBy(input.partition_by.clone())
            }
            () if input.broadcast => ExchangeMode::Broadcast,
            () if several => ExchangeMode::Gather,
            () => ExchangeMode::Forward,
        });
        Some(modes.collect())
    }

    /// A task as the root of a new stage.
    fn begin(&mut self, index: TaskIndex, input: StageInput, phase: Phase) -> Spot {
        let task = self.pipeline.task(index);
        let stage = StageId(self.plan.stages.len());
        self.plan.stages.push(Stage {
            input,
            steps: vec![self.step(index, phase, None)],
            parallelism: task.parallelism,
            on: task.on.clone(),
            partitions: task.parallelism.unwrap_or(self.partitions),
        });
        (stage, 0)
    }

    /// A task in the stage of what it reads, right after it.
    fn follow(&mut self, index: TaskIndex, after: Spot, phase: Phase) -> Spot {
        let (stage_id, parent) = after;
        let asked = self.pipeline.task(index).parallelism;
        let given = self.plan.stage(stage_id).steps[parent].produces;
        let step = self.step(index, phase, given);
        let stage = &mut self.plan.stages[stage_id.0];
        let at = stage.steps.len();
        stage.steps.push(step);
        stage.steps[parent].targets.push(Target::Step(at));
        if phase == Phase::Whole {
            // What a task asks for holds where it does its work, not where it prepares it.
            stage.parallelism = [stage.parallelism, asked].into_iter().flatten().min();
        }
        (stage_id, at)
    }

    /// A task behind exchanges, the root of a new stage.
    fn behind(&mut self, index: TaskIndex, modes: Vec<ExchangeMode>) -> Spot {
        let task = self.pipeline.task(index);
        let to = StageId(self.plan.stages.len());
        let inputs: Vec<_> = (0..)
            .zip(&task.inputs)
            .zip(modes)
            .map(|((number, input), mode)| self.exchange(self.spot(input.from), to, number, mode))
            .collect();
        let conversion = inputs.iter().find_map(|&exchange| {
            let stored = self.plan.exchange(exchange).format;
            Conversion::between(stored, self.formats[index.0].accepts)
        });
        let spot = self.begin(index, StageInput::Exchanges(inputs), Phase::Whole);
        self.plan.stages[to.0].steps[0].conversion = conversion;
        spot
    }

    /// A task in two phases, an exchange between them.
    fn combine(&mut self, index: TaskIndex) -> Spot {
        let input = &self.pipeline.task(index).inputs[0];
        let partial = self.follow(index, self.spot(input.from), Phase::Partial);
        let mode = match input.partition_by.as_slice() {
            [] => ExchangeMode::Gather,
            columns => ExchangeMode::PartitionBy(columns.to_vec()),
        };
        let to = StageId(self.plan.stages.len());
        let exchange = self.exchange(partial, to, 0, mode);
        let spot = self.begin(index, StageInput::Exchanges(vec![exchange]), Phase::Final);
        // Its input is its own output, whatever it reads otherwise.
        self.plan.stages[to.0].steps[0].accepts = self.plan.exchange(exchange).format;
        spot
    }

    fn exchange(&mut self, from: Spot, to: StageId, input: u32, mode: ExchangeMode) -> ExchangeId {
        let id = ExchangeId(self.plan.exchanges.len());
        let step = &mut self.plan.stages[from.0.0].steps[from.1];
        let format = step.produces.expect("nobody reads from a load");
        step.targets.push(Target::Exchange(id));
        self.plan.exchanges.push(Exchange {
            from,
            to,
            input,
            mode,
            format,
        });
        id
    }

    fn step(&self, index: TaskIndex, phase: Phase, given: Option<Format>) -> Step {
        let Formats { accepts, produces } = self.formats[index.0];
        let conversion = given.and_then(|given| Conversion::between(given, accepts));
        Step {
            task: index,
            phase,
            accepts,
            produces,
            conversion,
            targets: Vec::new(),
        }
    }
}
