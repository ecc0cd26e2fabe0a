//! A plan in words: stages, exchanges, conversions, grants, and what each load promises.

use bubbles::plan::{
    Exchange, ExchangeMode, Phase, Pipeline, Plan, PluginRef, Stage, StageId, StageInput, Step,
    Target, Task,
};
use bubbles::{Kind, OnError};
use serde_json::{Value, json};

use crate::escape;
use crate::units::{bytes, plural, seconds};

/// The plan for people.
pub(crate) fn render(pipeline: &Pipeline, plan: &Plan) -> String {
    let writer = Writer { pipeline, plan };
    let mut text = format!(
        "{}: {} in {}\n",
        pipeline.name(),
        plural(pipeline.tasks().len() as u64, "task"),
        plural(plan.stages.len() as u64, "stage"),
    );
    for (index, stage) in plan.stages.iter().enumerate() {
        text.push('\n');
        text.push_str(&writer.stage(StageId(index), stage));
    }
    text
}

/// The plan as one document, with the promises.
pub(crate) fn document(pipeline: &Pipeline, plan: &Plan) -> Value {
    let promises: Vec<Value> = pipeline
        .tasks()
        .iter()
        .filter(|task| task.kind == Kind::Load)
        .map(|task| json!({ "task": task.name.as_str(), "promise": promise(task) }))
        .collect();
    json!({ "pipeline": pipeline, "plan": plan, "promises": promises })
}

struct Writer<'a> {
    pipeline: &'a Pipeline,
    plan: &'a Plan,
}

impl Writer<'_> {
    fn stage(&self, id: StageId, stage: &Stage) -> String {
        let mut text = format!("stage {}: {}", id.0 + 1, self.width(id));
        if let Some(most) = stage.parallelism {
            text.push_str(&format!(", at most {most} at once"));
        }
        if let Some(label) = &stage.on {
            text.push_str(&format!(", only on nodes labelled {label}"));
        }
        text.push('\n');
        if let StageInput::Exchanges(inputs) = &stage.input {
            for input in inputs {
                let exchange = self.plan.exchange(*input);
                text.push_str(&format!("  reads {}\n", self.reads(exchange)));
                if let Some(conversion) = self.plan.conversion(*input) {
                    text.push_str(&format!("    converted on the way, {conversion}\n"));
                }
            }
        }
        for (index, step) in stage.steps.iter().enumerate() {
            text.push_str(&self.step(stage, index, step));
        }
        text
    }

    /// How many splits or partitions a stage has, as far as that is known before the job.
    fn width(&self, id: StageId) -> String {
        let mut source = id;
        while let Some(before) = self.forwarded_from(source) {
            source = before;
        }
        let reads_source = self.plan.stage(source).input == StageInput::Source;
        if reads_source && source == id {
            return "an attempt for each split of its source".to_owned();
        }
        if reads_source {
            return format!("an attempt for each split of stage {}", source.0 + 1);
        }
        plural(u64::from(self.plan.width(id, &|_| 0)), "partition")
    }

    /// The stage whose splits a stage goes along with.
    fn forwarded_from(&self, id: StageId) -> Option<StageId> {
        let StageInput::Exchanges(inputs) = &self.plan.stage(id).input else {
            return None;
        };
        let mut exchanges = inputs.iter().map(|input| self.plan.exchange(*input));
        exchanges
            .find(|exchange| exchange.mode == ExchangeMode::Forward)
            .map(|it| it.from.0)
    }

    fn reads(&self, exchange: &Exchange) -> String {
        let (stage, step) = exchange.from;
        let from = &self
            .pipeline
            .task(self.plan.stage(stage).steps[step].task)
            .name;
        let root = self
            .pipeline
            .task(self.plan.stage(exchange.to).steps[0].task);
        let how = match &exchange.mode {
            ExchangeMode::PartitionBy(keys) => format!(
                "partition-by {}: rows that are equal in {} meet in one partition",
                escape::line(&keys.join(", ")),
                if keys.len() == 1 { "it" } else { "them" }
            ),
            ExchangeMode::Gather if root.gather => "gather: all of it in one partition".to_owned(),
            ExchangeMode::Gather => format!(
                "gather: all of it in one partition, since {} has several inputs",
                root.name
            ),
            ExchangeMode::Broadcast => "broadcast: every partition reads all of it".to_owned(),
            ExchangeMode::Forward if root.inputs.len() > 1 => {
                "forward: split by split, beside the broadcast".to_owned()
            }
            ExchangeMode::Forward => "forward: a change of place, split by split".to_owned(),
        };
        format!("{from} ({}), {how}", exchange.format)
    }

    fn step(&self, stage: &Stage, index: usize, step: &Step) -> String {
        let task = self.pipeline.task(step.task);
        let phase = match step.phase {
            Phase::Whole => String::new(),
            Phase::Partial => ", partial: totals of each split".to_owned(),
            Phase::Final => ", final: totals of the totals".to_owned(),
        };
        let mut text = format!(
            "  {}: {} {}{phase}\n",
            task.name,
            task.kind,
            plugin(&task.plugin)
        );
        let mut detail = |line: String| text.push_str(&format!("    {line}\n"));
        if index > 0 {
            detail(input_line(&self.source_of(stage, index), step));
        }
        if let Some(format) = step.produces {
            detail(format!("emits {format}"));
        }
        if step.phase != Phase::Partial {
            for (right, places) in grants(task) {
                detail(format!("may {right} {}", escape::line(&places.join(", "))));
            }
        }
        for line in limits(task) {
            detail(line);
        }
        if task.kind == Kind::Load {
            detail(promise(task));
        }
        text
    }

    /// The name of the task whose chunks a step inside a stage is given.
    fn source_of(&self, stage: &Stage, index: usize) -> String {
        let gives = |step: &&Step| step.targets.contains(&Target::Step(index));
        let source = stage.steps.iter().find(gives);
        source.map_or_else(String::new, |step| {
            self.pipeline.task(step.task).name.to_string()
        })
    }
}

fn input_line(source: &str, step: &Step) -> String {
    match step.conversion {
        Some(conversion) => format!("reads {source}, converted on the way: {conversion}"),
        None => format!("reads {source}, {}", step.accepts),
    }
}

fn plugin(plugin: &PluginRef) -> String {
    match plugin {
        PluginRef::Named { .. } => format!("{} (built in)", escape::line(&plugin.to_string())),
        PluginRef::Path(path) => escape::line(&path.to_string_lossy()),
    }
}

/// The rights that a task was granted.
fn grants(task: &Task) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
    let grants = &task.grants;
    [
        ("read", &grants.read),
        ("write", &grants.write),
        ("connect to", &grants.net),
        ("see", &grants.env),
    ]
    .into_iter()
    .filter(|(_, places)| !places.is_empty())
}

/// What is not as by default.
fn limits(task: &Task) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(memory) = task.limits.memory {
        lines.push(format!("memory at most {}", bytes(memory)));
    }
    if let Some(timeout) = task.limits.timeout {
        lines.push(format!(
            "a call at most {} of CPU",
            seconds(timeout.as_secs_f64())
        ));
    }
    if task.on_error == OnError::Reject {
        lines.push("records that cannot be used are put aside, and the rest goes on".to_owned());
    }
    lines
}

/// What a load's output looks like from outside, and when.
fn promise(task: &Task) -> String {
    let path = task.config.get("path").and_then(Value::as_str);
    let (PluginRef::Named { .. }, Some(path)) = (&task.plugin, path) else {
        return "promise: its output is made visible once every split is prepared, as its plugin \
                does it"
            .to_owned();
    };
    let replaces = task.config.get("if-exists").and_then(Value::as_str) != Some("fail");
    let older = |what: &str| match replaces {
        true => format!("replacing {what}"),
        false => format!("unless {what} exist"),
    };
    let path = escape::line(path);
    if path.ends_with('/') {
        format!(
            "promise: once every split is prepared, {path} gets its parts, each one whole, {}",
            older("the parts of an earlier job")
        )
    } else {
        format!(
            "promise: once every split is prepared, {path} appears, whole, {}",
            older("an earlier one")
        )
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use bubbles::plan::{Conversion, ExchangeId, TaskIndex};
    use bubbles::{Format, Pipeline as Program, Task as ProgramTask};

    use super::*;

    fn pipeline(out: &str) -> Pipeline {
        let flights = ProgramTask::extract("csv")
            .name("flights")
            .config(json!({ "path": "data/*.csv" }));
        let count = ProgramTask::transform("aggregate")
            .name("count")
            .partition_by(["carrier"]);
        let load = ProgramTask::load("jsonl")
            .name("out")
            .config(json!({ "path": out }));
        let program = Program::new("late")
            .add_task(flights.read(["data/"]))
            .add_task(count.on_error(OnError::Reject))
            .add_task(load.write([out]));
        program.define().unwrap().pipeline().clone()
    }

    fn step(task: usize, phase: Phase, produces: Option<Format>, target: Option<Target>) -> Step {
        Step {
            task: TaskIndex(task),
            phase,
            accepts: Format::Arrow,
            produces,
            conversion: None,
            targets: target.into_iter().collect(),
        }
    }

    fn stage(input: StageInput, steps: Vec<Step>) -> Stage {
        let partitions = NonZeroU32::new(2).unwrap();
        Stage {
            input,
            steps,
            parallelism: None,
            on: None,
            partitions,
        }
    }

    fn plan() -> Plan {
        let arrow = Some(Format::Arrow);
        let exchange = Some(Target::Exchange(ExchangeId(0)));
        let mut out = step(2, Phase::Whole, None, None);
        out.accepts = Format::Json;
        out.conversion = Some(Conversion::ArrowToJson);
        Plan {
            stages: vec![
                stage(
                    StageInput::Source,
                    vec![
                        step(0, Phase::Whole, arrow, Some(Target::Step(1))),
                        step(1, Phase::Partial, arrow, exchange),
                    ],
                ),
                stage(
                    StageInput::Exchanges(vec![ExchangeId(0)]),
                    vec![step(1, Phase::Final, arrow, Some(Target::Step(1))), out],
                ),
            ],
            exchanges: vec![Exchange {
                from: (StageId(0), 1),
                to: StageId(1),
                input: 0,
                mode: ExchangeMode::PartitionBy(vec!["carrier".to_owned()]),
                format: Format::Arrow,
            }],
        }
    }

    #[test]
    fn a_plan_is_told_stage_by_stage() {
        let text = render(&pipeline("out/"), &plan());
        let expected = "\
late: 3 tasks in 2 stages

stage 1: an attempt for each split of its source
  flights: extract csv (built in)
    emits arrow
    may read data/
  count: transform aggregate (built in), partial: totals of each split
    reads flights, arrow
    emits arrow
    records that cannot be used are put aside, and the rest goes on

stage 2: 2 partitions
  reads count (arrow), partition-by carrier: rows that are equal in it meet in one partition
  count: transform aggregate (built in), final: totals of the totals
    emits arrow
    records that cannot be used are put aside, and the rest goes on
  out: load jsonl (built in)
    reads count, converted on the way: arrow to json
    may write out/
    promise: once every split is prepared, out/ gets its parts, each one whole, replacing the \
parts of an earlier job
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_appears_whole() {
        let document = document(&pipeline("out.jsonl"), &plan());
        let promise = "promise: once every split is prepared, out.jsonl appears, whole, replacing an \
                       earlier one";
        assert_eq!(document["promises"][0]["promise"], promise);
        assert_eq!(document["plan"]["stages"].as_array().map(Vec::len), Some(2));
    }
}
