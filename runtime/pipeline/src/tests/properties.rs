//! What holds of the plan of every pipeline.

use std::num::NonZeroU32;

use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use super::describe;
use crate::{
    Description, ExchangeId, Format, FromSpec, Kind, Phase, Pipeline, Plan, PlanOptions, StageId,
    StageInput, Target, TaskIndex, TaskSpec, plan,
};

/// How a task of a random graph reads what is before it.
#[derive(Debug, Clone)]
struct Shape {
    /// Distances back to what it reads.
    back: Vec<usize>,
    way: u8,
    on: Option<u8>,
    combinable: bool,
    accepts_json: bool,
    produces_json: bool,
    parallelism: Option<u32>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let formats = (any::<bool>(), any::<bool>());
    let place = (proptest::option::of(0u8..2), proptest::option::of(1u32..9));
    (vec(1usize..12, 0..4), 0u8..6, place, any::<bool>(), formats).prop_map(
        |(back, way, (on, parallelism), combinable, (accepts_json, produces_json))| Shape {
            back,
            way,
            on,
            combinable,
            accepts_json,
            produces_json,
            parallelism,
        },
    )
}

/// A pipeline of these shapes: what has nothing before it is an extract, and each output that nobody
/// reads gets a load.
fn build(shapes: &[Shape]) -> (Pipeline, Vec<Description>) {
    let mut builder = Pipeline::builder("random", "/");
    let mut descriptions = Vec::new();
    let mut read = vec![false; shapes.len()];
    for (i, shape) in shapes.iter().enumerate() {
        let from: Vec<_> = shape
            .back
            .iter()
            .filter_map(|back| i.checked_sub(*back))
            .collect();
        let kind = if from.is_empty() {
            Kind::Extract
        } else {
            Kind::Transform
        };
        let mut spec = TaskSpec::new(format!("t{i}"), kind, "p");
        spec.on = shape.on.map(|on| format!("place{on}"));
        spec.parallelism = shape.parallelism.and_then(NonZeroU32::new);
        from.iter().for_each(|&from| read[from] = true);
        let mut entries: Vec<_> = from
            .iter()
            .map(|from| FromSpec::new(format!("t{from}")))
            .collect();
        if kind == Kind::Transform {
            match shape.way {
                0 => spec.partition_by = vec!["k".into()],
                1 => (spec.gather, spec.parallelism) = (true, None),
                2 => entries[1..]
                    .iter_mut()
                    .for_each(|entry| entry.broadcast = true),
                _ => {}
            }
            spec.from = Some(entries);
        }
        let format = |json| if json { Format::Json } else { Format::Arrow };
        let accepts = [format(shape.accepts_json)];
        let accepts = if kind == Kind::Extract {
            &[][..]
        } else {
            &accepts
        };
        let described = describe(
            kind,
            accepts,
            Some(format(shape.produces_json)),
            Value::Bool(true),
        );
        descriptions.push(Description {
            combinable: shape.combinable,
            ..described
        });
        builder = builder.task(spec);
    }
    for i in (0..shapes.len()).filter(|&i| !read[i]) {
        let mut spec = TaskSpec::new(format!("out{i}"), Kind::Load, "p");
        spec.from = Some(vec![FromSpec::new(format!("t{i}"))]);
        descriptions.push(describe(
            Kind::Load,
            &[Format::Arrow],
            None,
            Value::Bool(true),
        ));
        builder = builder.task(spec);
    }
    (
        builder.build().unwrap_or_else(|error| panic!("{error:#}")),
        descriptions,
    )
}

fn planned(shapes: &[Shape]) -> (Pipeline, Vec<Description>, Plan) {
    let (pipeline, descriptions) = build(shapes);
    let options = PlanOptions {
        partitions: NonZeroU32::new(4).unwrap(),
    };
    let plan = plan(&pipeline, &descriptions, options).unwrap_or_else(|error| panic!("{error:#}"));
    (pipeline, descriptions, plan)
}

/// Every step of a task: the stage, its place in it and the phase.
fn steps_of(plan: &Plan, task: TaskIndex) -> Vec<(StageId, usize, Phase)> {
    let stages = (0..).map(StageId).zip(&plan.stages);
    let steps = stages.flat_map(|(id, stage)| {
        stage
            .steps
            .iter()
            .enumerate()
            .map(move |(i, step)| (id, i, step))
    });
    steps
        .filter(|(.., step)| step.task == task)
        .map(|(id, i, step)| (id, i, step.phase))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_task_is_in_one_stage_or_in_two_if_combined(shapes in vec(shape(), 1..24)) {
        let (pipeline, descriptions, plan) = planned(&shapes);
        for (i, task) in pipeline.tasks().iter().enumerate() {
            let steps = steps_of(&plan, TaskIndex(i));
            let phases: Vec<_> = steps.iter().map(|step| step.2).collect();
            if phases == [Phase::Partial, Phase::Final] {
                prop_assert!(descriptions[i].combinable && task.inputs.len() == 1);
                prop_assert!(steps[0].0 < steps[1].0);
            } else {
                prop_assert_eq!(phases, [Phase::Whole]);
            }
        }
    }

    #[test]
    fn parents_stand_before_children_and_each_step_has_one(shapes in vec(shape(), 1..24)) {
        let (_, _, plan) = planned(&shapes);
        for stage in &plan.stages {
            let mut parents = vec![0; stage.steps.len()];
            for (i, step) in stage.steps.iter().enumerate() {
                for target in &step.targets {
                    if let Target::Step(child) = target {
                        prop_assert!(*child > i);
                        parents[*child] += 1;
                    }
                }
            }
            prop_assert_eq!(parents[0], 0);
            prop_assert!(parents[1..].iter().all(|&count| count == 1));
        }
    }

    #[test]
    fn exchanges_lead_to_later_stages_and_both_ends_know_them(shapes in vec(shape(), 1..24)) {
        let (_, _, plan) = planned(&shapes);
        for (id, exchange) in (0..).map(ExchangeId).zip(&plan.exchanges) {
            let (stage, step) = exchange.from;
            prop_assert!(stage < exchange.to);
            prop_assert!(plan.stage(stage).steps[step].targets.contains(&Target::Exchange(id)));
            prop_assert_eq!(plan.stage(stage).steps[step].produces, Some(exchange.format));
            let StageInput::Exchanges(inputs) = &plan.stage(exchange.to).input else {
                return Err(TestCaseError::fail("a stage behind an exchange has a source"));
            };
            prop_assert_eq!(inputs[exchange.input as usize], id);
        }
        let read: usize = plan.stages.iter().map(|stage| match &stage.input {
            StageInput::Source => 0,
            StageInput::Exchanges(inputs) => inputs.len(),
        }).sum();
        prop_assert_eq!(read, plan.exchanges.len());
    }

    #[test]
    fn every_edge_of_the_pipeline_is_one_of_the_plan(shapes in vec(shape(), 1..24)) {
        let (pipeline, _, plan) = planned(&shapes);
        for (i, task) in pipeline.tasks().iter().enumerate() {
            let (stage, step, _) = steps_of(&plan, TaskIndex(i))[0];
            for (number, input) in task.inputs.iter().enumerate() {
                let producers = steps_of(&plan, input.from);
                let (from_stage, from_step, _) = producers[producers.len() - 1];
                let targets = &plan.stage(from_stage).steps[from_step].targets;
                let direct = from_stage == stage && targets.contains(&Target::Step(step));
                let changes = targets.iter().any(|target| matches!(target,
                    Target::Exchange(id) if plan.exchange(*id).to == stage
                        && plan.exchange(*id).input as usize == number && step == 0));
                prop_assert!(direct != changes, "input {number} of task {i}");
                let apart = task.gather || task.inputs.len() > 1 || input.broadcast
                    || !input.partition_by.is_empty();
                let partial = plan.stage(stage).steps[step].phase == Phase::Partial;
                prop_assert!(!(apart && direct) || partial, "no exchange within a stage");
            }
        }
    }

    #[test]
    fn what_a_step_is_given_is_what_it_accepts(shapes in vec(shape(), 1..24)) {
        let (_, _, plan) = planned(&shapes);
        let become_of = |format, conversion: Option<crate::Conversion>| match conversion {
            None => format,
            Some(crate::Conversion::JsonToArrow) => Format::Arrow,
            Some(crate::Conversion::ArrowToJson) => Format::Json,
        };
        for stage in &plan.stages {
            for step in &stage.steps {
                for target in &step.targets {
                    let produced = step.produces.unwrap();
                    let (given, accepts) = match target {
                        Target::Step(child) => {
                            let child = &stage.steps[*child];
                            (become_of(produced, child.conversion), child.accepts)
                        }
                        Target::Exchange(id) => {
                            let root = &plan.stage(plan.exchange(*id).to).steps[0];
                            (become_of(produced, plan.conversion(*id)), root.accepts)
                        }
                    };
                    prop_assert_eq!(given, accepts);
                }
            }
        }
    }

    #[test]
    fn stages_have_the_width_of_what_they_read(shapes in vec(shape(), 1..24), splits in 0u32..9) {
        let (_, _, plan) = planned(&shapes);
        for (id, stage) in (0..).map(StageId).zip(&plan.stages) {
            let width = plan.width(id, &|_| splits);
            if stage.input == StageInput::Source {
                prop_assert_eq!(width, splits);
            }
        }
    }

    #[test]
    fn a_pipeline_that_travelled_is_the_same(shapes in vec(shape(), 1..24)) {
        let (pipeline, _) = build(&shapes);
        let text = serde_json::to_string(&pipeline).unwrap();
        prop_assert_eq!(serde_json::from_str::<Pipeline>(&text).unwrap(), pipeline);
    }
}
