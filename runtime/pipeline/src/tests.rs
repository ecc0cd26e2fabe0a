//! What the crate promises as a whole: files in, plans or errors out.

mod config_errors;
mod file_errors;
mod graph_errors;
mod plans;
mod properties;
mod value_errors;

use std::{num::NonZeroU32, path::PathBuf};

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::{Value, json};

use crate::{
    Description, Format, Kind, Pipeline, PipelineError, Plan, PlanOptions, Rule, Source, plan,
};

/// The pipeline that the design shows.
pub(crate) const LATE_FLIGHTS: &str = r#"name = "late-flights"

[[task]]
name    = "flights"
extract = "csv"                          # a built-in, a deployed plugin (name or name@version), or a path to .wasm
config  = { path = "data/flights-*.csv" }
read    = ["data/"]                      # grants: nothing else can be reached

[[task]]
name      = "late"
transform = "./late.wasm"
config    = { minutes = 60 }
on-error  = "reject"                     # or "fail", the default

[[task]]
name         = "by-carrier"
transform    = "aggregate"
partition-by = ["carrier"]               # an exchange: all rows of a carrier meet in one place
config       = { group-by = ["carrier"], count = "flights", mean = ["arr_delay"] }

[[task]]
name  = "out"
load  = "jsonl"
config = { path = "out/" }
write = ["out/"]
"#;

pub(crate) fn source(text: &str) -> Source {
    Source {
        name: "flights.toml".into(),
        text: text.into(),
        base: PathBuf::from("/home/ann"),
    }
}

pub(crate) fn parse(text: &str) -> Result<Pipeline, PipelineError> {
    Pipeline::parse(&source(text))
}

/// The error of a file that has to have one, as a terminal shows it.
pub(crate) fn wrong(text: &str) -> (Vec<Rule>, String) {
    shown(&parse(text).unwrap_err())
}

pub(crate) fn shown(error: &PipelineError) -> (Vec<Rule>, String) {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(400)
        .render_report(&mut text, error)
        .unwrap();
    (
        error.problems().iter().map(crate::Problem::rule).collect(),
        text,
    )
}

/// Asserts that the text says each of these.
#[track_caller]
pub(crate) fn says(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words:?} is not said in:\n{text}");
    }
}

pub(crate) fn describe(
    kind: Kind,
    accepts: &[Format],
    produces: Option<Format>,
    config_schema: Value,
) -> Description {
    Description {
        kind,
        summary: String::new(),
        accepts: accepts.to_vec(),
        produces,
        config_schema,
        deterministic: true,
        combinable: false,
    }
}

/// What the plugins of the tests say of themselves, by name.
pub(crate) fn described(plugin: &str) -> Vec<Description> {
    use Format::{Arrow, Bytes, Json};
    let files = |right: &str| {
        json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "files to use", "x-grant": right },
                "header": { "type": "boolean" },
            },
            "required": ["path"],
            "additionalProperties": false,
        })
    };
    match plugin {
        "csv" => vec![describe(Kind::Extract, &[], Some(Arrow), files("read"))],
        "jsonl" => vec![
            describe(Kind::Extract, &[], Some(Json), files("read")),
            describe(Kind::Load, &[Json], None, files("write")),
        ],
        "raw" => vec![describe(Kind::Extract, &[], Some(Bytes), json!({}))],
        "rows" => vec![describe(Kind::Extract, &[], Some(Arrow), json!({}))],
        "lines" => vec![describe(Kind::Extract, &[], Some(Json), json!({}))],
        "aggregate" => vec![Description {
            combinable: true,
            ..describe(Kind::Transform, &[Arrow], Some(Arrow), json!({}))
        }],
        "sink" => vec![describe(Kind::Load, &[Arrow, Json, Bytes], None, json!({}))],
        "parquet" => vec![describe(Kind::Load, &[Arrow], None, json!({}))],
        "join" => vec![describe(
            Kind::Transform,
            &[Arrow, Json],
            Some(Arrow),
            json!({}),
        )],
        "blob" => vec![describe(Kind::Transform, &[Bytes], Some(Bytes), json!({}))],
        _ => vec![describe(
            Kind::Transform,
            &[Arrow],
            Some(Arrow),
            json!({
                "type": "object",
                "properties": { "minutes": { "type": "number", "minimum": 0 } },
                "additionalProperties": false,
            }),
        )],
    }
}

pub(crate) fn planned(text: &str) -> Result<Plan, PipelineError> {
    let pipeline = parse(text).unwrap_or_else(|error| panic!("{error:#}"));
    let offered: Vec<_> = pipeline
        .tasks()
        .iter()
        .map(|task| described(&task.plugin.to_string()))
        .collect();
    let descriptions = crate::choose(&pipeline, &offered)?;
    plan(
        &pipeline,
        &descriptions,
        PlanOptions {
            partitions: NonZeroU32::new(4).unwrap(),
        },
    )
}
