//! The jobs that are run: of every shape that the scheduler treats in its own way.

use std::num::NonZeroU32;
use std::path::PathBuf;

use bubbles_cluster::{JobId, JobSpec};
use bubbles_pipeline::{
    Description, Format, Kind, Pipeline, PlanOptions, Source, StageId, Task, TaskIndex, plan,
};

use super::random::Random;

/// Tasks by kind, name, and what else is said of them.
type Shape = &'static [(&'static str, &'static str, &'static str)];

/// One stage.
const STRAIGHT: Shape = &[("extract", "in", ""), ("load", "out", "")];

/// Rows meet by key.
const KEYED: Shape = &[
    ("extract", "in", ""),
    ("transform", "by", "partition-by = [\"k\"]"),
    ("load", "out", ""),
];

/// The place changes, split by split, there and back.
const FORWARD: Shape = &[
    ("extract", "in", ""),
    ("transform", "far", "on = \"gpu\""),
    ("load", "out", ""),
];

/// All comes to one split.
const GATHERED: Shape = &[
    ("extract", "in", ""),
    ("transform", "by", "partition-by = [\"k\"]"),
    ("load", "out", "gather = true"),
];

/// One load in the stage that others read of, another behind.
const TWO_LOADS: Shape = &[
    ("extract", "in", ""),
    ("load", "raw", "from = \"in\""),
    ("transform", "by", "from = \"in\"\npartition-by = [\"k\"]"),
    ("load", "out", "from = \"by\"\ngather = true"),
];

/// Two sources, forward on one way.
const JOINED: Shape = &[
    ("extract", "left", ""),
    ("extract", "right", ""),
    ("transform", "far", "from = \"left\"\non = \"gpu\""),
    ("transform", "both", "from = [\"far\", \"right\"]"),
    ("load", "out", ""),
];

const SHAPES: [Shape; 6] = [STRAIGHT, KEYED, FORWARD, GATHERED, TWO_LOADS, JOINED];

/// A job, and what its clients do with it.
pub(super) struct Planned {
    pub(super) id: JobId,
    pub(super) spec: JobSpec,
    /// How many splits each of its sources has.
    pub(super) splits: u64,
    pub(super) begins_us: u64,
    pub(super) cancel: Option<Cancel>,
}

/// Somebody wants it to stop.
#[derive(Clone, Copy)]
pub(super) struct Cancel {
    pub(super) at_us: u64,
    /// Says so until it has; else once, and goes.
    pub(super) insists: bool,
}

/// Some jobs.
pub(super) fn some(random: &mut Random) -> Vec<Planned> {
    let count = random.between(2, 6);
    (0..count).map(|number| one(number, random)).collect()
}

/// One small job with a load on each side of an exchange. Its source gives the same rows whenever it
/// is read, or not.
pub(super) fn small(repeatable: bool) -> Vec<Planned> {
    let deterministic = TWO_LOADS.iter().enumerate();
    let deterministic = deterministic.map(|(task, _)| task > 0 || repeatable);
    vec![Planned {
        id: JobId("job-0".to_owned()),
        spec: spec(TWO_LOADS, 2, deterministic.collect()),
        splits: 3,
        begins_us: 0,
        cancel: None,
    }]
}

fn one(number: u64, random: &mut Random) -> Planned {
    let shape = SHAPES[random.between(0, SHAPES.len() as u64 - 1) as usize];
    let partitions = random.between(1, 4) as u32;
    let begins_us = random.between(0, 8_000_000);
    let cancel = random.percent(20).then(|| Cancel {
        at_us: begins_us + random.between(0, 6_000_000),
        insists: random.percent(60),
    });
    let deterministic = shape.iter().map(|_| random.percent(75)).collect();
    Planned {
        id: JobId(format!("job-{number}")),
        spec: spec(shape, partitions, deterministic),
        splits: random.between(0, 7).max(random.between(0, 3)),
        begins_us,
        cancel,
    }
}

fn spec(shape: Shape, partitions: u32, deterministic: Vec<bool>) -> JobSpec {
    let tasks = shape
        .iter()
        .map(|(kind, name, more)| format!("[[task]]\nname = \"{name}\"\n{kind} = \"x\"\n{more}\n"));
    let text: String = std::iter::once("name = \"p\"\n".to_owned())
        .chain(tasks)
        .collect();
    let source = Source {
        name: "p.toml".to_owned(),
        text,
        base: PathBuf::new(),
    };
    let pipeline = Pipeline::parse(&source).unwrap();
    let describe = |(task, deterministic): (&Task, &bool)| Description {
        kind: task.kind,
        summary: String::new(),
        accepts: vec![Format::Json],
        produces: (task.kind != Kind::Load).then_some(Format::Json),
        config_schema: serde_json::json!({}),
        deterministic: *deterministic,
        combinable: false,
    };
    let described = pipeline.tasks().iter().zip(&deterministic);
    let descriptions: Vec<Description> = described.map(describe).collect();
    let partitions = NonZeroU32::new(partitions).unwrap();
    JobSpec {
        plan: plan(&pipeline, &descriptions, PlanOptions { partitions }).unwrap(),
        plugins: vec![[0; 32]; pipeline.tasks().len()],
        pipeline,
        deterministic,
        bookmarks: "p".to_owned(),
        submitted_ms: 0,
    }
}

/// Whether a second run of a stage stores what the first one did.
pub(super) fn is_repeatable(spec: &JobSpec, stage: StageId) -> bool {
    let mut steps = spec.plan.stages[stage.0].steps.iter();
    steps.all(|step| spec.deterministic[step.task.0])
}

/// The loads of a stage.
pub(super) fn loads(spec: &JobSpec, stage: StageId) -> impl Iterator<Item = TaskIndex> {
    let steps = spec.plan.stages[stage.0].steps.iter();
    let loads = steps.filter(|step| step.produces.is_none());
    loads.map(|step| step.task)
}
