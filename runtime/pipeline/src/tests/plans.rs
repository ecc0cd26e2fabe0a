//! Files and the plans they give.

use super::{LATE_FLIGHTS, parse, planned};
use crate::{
    Conversion, ExchangeId, ExchangeMode, Format, Phase, Pipeline, Plan, StageId, StageInput,
    Target,
};

fn plan_of(text: &str) -> Plan {
    planned(text).unwrap_or_else(|error| panic!("{error:#}"))
}

fn outline(text: &str) -> String {
    plan_of(text).outline(&parse(text).unwrap()).to_string()
}

/// Tasks of plugins that say little of themselves, one a line: `name kind plugin; more keys; …`.
fn file(tasks: &[&str]) -> String {
    let mut text = "name = \"x\"\n".to_owned();
    for task in tasks {
        let mut parts = task.split("; ");
        let words: Vec<_> = parts.next().unwrap_or_default().split(' ').collect();
        text.push_str(&format!(
            "[[task]]\nname = \"{}\"\n{} = \"{}\"\n",
            words[0], words[1], words[2]
        ));
        parts.for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

#[test]
fn the_pipeline_of_the_design() {
    let expected = "\
stage 0: once per split of the source
  flights: extract csv, emits arrow
    late: transform ./late.wasm, emits arrow
      by-carrier: transform aggregate, partial phase, emits arrow, to stage 1

stage 1: 4 partitions
  reads by-carrier of stage 0: partition-by carrier, arrow
  by-carrier: transform aggregate, final phase, emits arrow
    out: load jsonl, input converted arrow to json
";
    assert_eq!(outline(LATE_FLIGHTS), expected);
    let plan = plan_of(LATE_FLIGHTS);
    assert_eq!(plan.exchanges.len(), 1);
    assert_eq!(plan.exchanges[0].from, (StageId(0), 2));
    assert_eq!(
        plan.stages[0].steps[2].targets,
        [Target::Exchange(ExchangeId(0))]
    );
    assert_eq!(
        plan.stages[1].input,
        StageInput::Exchanges(vec![ExchangeId(0)])
    );
    assert_eq!(plan.stages[1].steps[0].phase, Phase::Final);
}

#[test]
fn everything_of_a_task_is_kept() {
    let pipeline = parse(LATE_FLIGHTS).unwrap();
    let task = &pipeline.tasks()[2];
    assert_eq!(task.partition_by, ["carrier"]);
    assert_eq!(task.inputs[0].partition_by, ["carrier"]);
    let config = r#"{"group-by":["carrier"],"count":"flights","mean":["arr_delay"]}"#;
    assert_eq!(task.config.to_string(), config);
    let limits = LATE_FLIGHTS.replace(
        "on-error  = \"reject\"",
        "memory = \"64MiB\"\ntimeout = \"2s\"\non = \"gpu\"\nparallelism = 3\nnet = \"db:5432\"\nenv = [\"T\"]",
    );
    let pipeline = parse(&limits).unwrap();
    let task = &pipeline.tasks()[1];
    assert_eq!(task.limits.memory, Some(64 << 20));
    assert_eq!(task.limits.timeout.map(|time| time.as_secs()), Some(2));
    assert_eq!(task.on.as_ref().map(|on| on.as_str()), Some("gpu"));
    assert_eq!(task.parallelism.map(u32::from), Some(3));
    assert_eq!(
        (task.grants.net.as_slice(), task.grants.env.as_slice()),
        (&["db:5432".to_owned()][..], &["T".to_owned()][..])
    );
}

#[test]
fn fan_out_copies_within_a_stage() {
    let text = file(&[
        "a extract rows",
        "p load parquet",
        "j load sink; from = \"a\"",
    ]);
    let plan = plan_of(&text);
    assert_eq!(plan.stages.len(), 1);
    assert_eq!(
        plan.stages[0].steps[0].targets,
        [Target::Step(1), Target::Step(2)]
    );
}

#[test]
fn several_plain_inputs_are_gathered_in_their_order() {
    let text = file(&[
        "a extract rows",
        "b extract lines",
        "j transform join; from = [\"b\", \"a\"]",
        "o load sink",
    ]);
    let expected = "\
stage 0: once per split of the source
  a: extract rows, emits arrow, to stage 2

stage 1: once per split of the source
  b: extract lines, emits json, to stage 2

stage 2: once
  reads b of stage 1: gather, json, converted json to arrow
  reads a of stage 0: gather, arrow
  j: transform join, emits arrow
    o: load sink
";
    assert_eq!(outline(&text), expected);
    assert_eq!(
        plan_of(&text).stages[2].steps[0].conversion,
        Some(Conversion::JsonToArrow)
    );
}

#[test]
fn broadcast_goes_to_every_split_of_the_plain_input() {
    let text = file(&[
        "names extract rows",
        "flights extract rows",
        "j transform join; from = [{ task = \"names\", broadcast = true }, \"flights\"]",
        "o load sink",
    ]);
    let plan = plan_of(&text);
    let modes: Vec<_> = plan
        .exchanges
        .iter()
        .map(|exchange| exchange.mode.clone())
        .collect();
    assert_eq!(modes, [ExchangeMode::Broadcast, ExchangeMode::Forward]);
    let splits = |stage: StageId| if stage == StageId(0) { 1 } else { 7 };
    assert_eq!(plan.width(StageId(2), &splits), 7);
}

#[test]
fn a_join_by_key_is_as_wide_as_asked() {
    let text = file(&[
        "names extract rows",
        "flights extract lines",
        "j transform join; parallelism = 9; from = [{ task = \"names\", partition-by = \"code\" }, { task = \"flights\", partition-by = \"carrier\" }]",
        "o load sink",
    ]);
    let plan = plan_of(&text);
    assert_eq!(plan.width(StageId(2), &|_| 3), 9);
    assert_eq!(
        plan.exchanges[0].mode,
        ExchangeMode::PartitionBy(vec!["code".into()])
    );
    assert_eq!(
        plan.exchanges[1].mode,
        ExchangeMode::PartitionBy(vec!["carrier".into()])
    );
    assert_eq!(plan.conversion(ExchangeId(0)), None);
    assert_eq!(
        plan.conversion(ExchangeId(1)),
        Some(Conversion::JsonToArrow)
    );
}

#[test]
fn gather_is_one_even_of_nothing_and_combines() {
    let text = file(&[
        "a extract lines",
        "sum transform aggregate; gather = true",
        "o load sink",
    ]);
    let plan = plan_of(&text);
    assert_eq!(plan.width(StageId(1), &|_| 0), 1);
    let partial = &plan.stages[0].steps[1];
    assert_eq!(
        (partial.phase, partial.conversion),
        (Phase::Partial, Some(Conversion::JsonToArrow))
    );
    assert_eq!(plan.exchanges[0].mode, ExchangeMode::Gather);
    assert_eq!(plan.exchanges[0].format, Format::Arrow);
}

#[test]
fn a_combinable_task_that_needs_no_exchange_stays_whole() {
    let text = file(&["a extract rows", "sum transform aggregate", "o load sink"]);
    let plan = plan_of(&text);
    assert_eq!(plan.stages.len(), 1);
    assert!(
        plan.stages[0]
            .steps
            .iter()
            .all(|step| step.phase == Phase::Whole)
    );
}

#[test]
fn a_change_of_place_is_an_exchange() {
    let text = file(&[
        "a extract rows",
        "b transform join; on = \"gpu\"",
        "c transform join",
        "d transform join; on = \"gpu\"",
        "o load sink; on = \"disk\"; parallelism = 2",
    ]);
    let expected = "\
stage 0: once per split of the source
  a: extract rows, emits arrow, to stage 1

stage 1: as often as stage 0, on gpu
  reads a of stage 0: forward, arrow
  b: transform join, emits arrow
    c: transform join, emits arrow
      d: transform join, emits arrow, to stage 2

stage 2: as often as stage 1, at most 2 at once, on disk
  reads d of stage 1: forward, arrow
  o: load sink
";
    assert_eq!(outline(&text), expected);
    assert_eq!(plan_of(&text).width(StageId(2), &|_| 5), 5);
}

#[test]
fn the_least_parallelism_of_a_stage_holds() {
    let text = file(&[
        "a extract rows; parallelism = 5",
        "o load sink; parallelism = 2",
    ]);
    assert_eq!(plan_of(&text).stages[0].parallelism.map(u32::from), Some(2));
}

#[test]
fn what_it_produces_itself_is_preferred_to_a_conversion() {
    let text = file(&["a extract lines", "o load sink"]);
    let plan = plan_of(&text);
    assert_eq!(plan.stages[0].steps[1].accepts, Format::Json);
    assert_eq!(plan.stages[0].steps[1].conversion, None);
}

#[test]
fn plans_and_pipelines_travel() {
    let plan = plan_of(LATE_FLIGHTS);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    let pipeline = parse(LATE_FLIGHTS).unwrap();
    let text = serde_json::to_string(&pipeline).unwrap();
    assert_eq!(serde_json::from_str::<Pipeline>(&text).unwrap(), pipeline);
    let broken = text.replacen("\"from\":0", "\"from\":7", 1);
    assert!(serde_json::from_str::<Pipeline>(&broken).is_err());
}
