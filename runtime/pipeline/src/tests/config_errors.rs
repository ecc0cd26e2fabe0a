//! Pipelines that their plugins do not agree with.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{LATE_FLIGHTS, describe, parse, planned, says, shown};
use crate::{Format, Kind, PlanOptions, Rule, plan};

#[track_caller]
fn breaks(rules: &[Rule], text: &str, words: &[&str]) {
    let (found, text) = shown(&planned(text).unwrap_err());
    assert_eq!(found, rules, "{text}");
    says(&text, words);
    says(&text, &["flights.toml:"]);
}

fn changed(from: &str, to: &str) -> String {
    assert!(LATE_FLIGHTS.contains(from), "{from}");
    LATE_FLIGHTS.replacen(from, to, 1)
}

/// The problems of one transform's configuration under a schema.
fn under(schema: Value, config: &str) -> (Vec<Rule>, String) {
    let text = format!(
        "name = \"x\"\n[[task]]\nname = \"a\"\nextract = \"rows\"\n[[task]]\nname = \"t\"\n\
         transform = \"p\"\n{config}\n[[task]]\nname = \"out\"\nload = \"sink\"\n"
    );
    let pipeline = parse(&text).unwrap();
    let arrow = Format::Arrow;
    let descriptions = [
        describe(Kind::Extract, &[], Some(arrow), json!({})),
        describe(Kind::Transform, &[arrow], Some(arrow), schema),
        describe(Kind::Load, &[arrow], None, json!({})),
    ];
    let options = PlanOptions {
        partitions: NonZeroU32::MIN,
    };
    match plan(&pipeline, &descriptions, options) {
        Ok(_) => (Vec::new(), String::new()),
        Err(error) => shown(&error),
    }
}

#[test]
fn settings_of_the_wrong_type() {
    breaks(
        &[Rule::Config],
        &changed("minutes = 60", "minutes = \"60\""),
        &[
            "`config.minutes` of `late` is not of type number",
            "this is of type string",
            ":12:25",
        ],
    );
}

#[test]
fn settings_that_there_are_not() {
    breaks(
        &[Rule::Config],
        &changed("minutes = 60", "minuts = 60"),
        &[
            "`config` of `late` has no setting `minuts`",
            "did you mean `minutes`?",
            ":12:15",
        ],
    );
    breaks(
        &[Rule::Config],
        &changed("minutes = 60", "colour = 60"),
        &["no setting `colour`", "what it has: `minutes`"],
    );
}

#[test]
fn settings_that_are_missing() {
    breaks(
        &[Rule::Config],
        &changed("config = { path = \"out/\" }\n", ""),
        &[
            "`config` of `out` lacks `path`",
            "`path`: files to use",
            "[[task]]",
        ],
    );
}

#[test]
fn settings_out_of_range() {
    breaks(
        &[Rule::Config],
        &changed("minutes = 60", "minutes = -5"),
        &["`config.minutes` of `late` cannot be used: -5 is less than the minimum of 0"],
    );
}

#[test]
fn paths_lead_into_lists_and_tables() {
    let schema = json!({ "properties": { "columns": { "items": {
        "properties": { "type": { "enum": ["text", "number"] } } } } } });
    let config =
        "[[task.config.columns]]\ntype = \"text\"\n[[task.config.columns]]\ntype = \"nubmer\"";
    let (rules, text) = under(schema, config);
    assert_eq!(rules, [Rule::Config]);
    says(
        &text,
        &[
            "`config.columns[1].type` of `t` cannot be \"nubmer\"",
            "did you mean \"number\"?",
            "flights.toml:11:8",
        ],
    );
}

#[test]
fn forms_are_told_apart() {
    let optional =
        json!({ "properties": { "n": { "anyOf": [{ "type": "integer" }, { "type": "null" }] } } });
    let (_, text) = under(optional, "config = { n = \"x\" }");
    says(&text, &["`config.n` of `t` is not of type integer"]);
    let words =
        json!({ "properties": { "m": { "oneOf": [{ "const": "sum" }, { "const": "mean" }] } } });
    let (_, text) = under(words.clone(), "config = { m = \"men\" }");
    says(
        &text,
        &[
            "`config.m` of `t` cannot be \"men\"",
            "did you mean \"mean\"?",
        ],
    );
    let (_, text) = under(words, "config = { m = 3 }");
    says(&text, &["cannot be 3", "it can be \"sum\", \"mean\""]);
    let mixed = json!({ "properties": { "x": { "anyOf": [{ "type": "integer" }, { "type": "object" }] } } });
    let (_, text) = under(mixed, "config = { x = \"a\" }");
    says(
        &text,
        &[
            "has none of the forms it can have",
            "is not of type \"integer\"",
        ],
    );
}

#[test]
fn schemas_that_are_none_are_the_plugins_fault() {
    let (rules, text) = under(json!({ "type": "nonsense" }), "");
    assert_eq!(rules, [Rule::Plugin]);
    says(
        &text,
        &["the plugin `p` describes its configuration by no JSON Schema"],
    );
    let (rules, _) = under(json!({ "$ref": "https://example.com/schema.json" }), "");
    assert_eq!(rules, [Rule::Plugin]);
    let (rules, text) = under(
        json!({ "properties": { "a": { "x-grant": "root" } } }),
        "config = { a = \"x\" }",
    );
    assert_eq!(rules, [Rule::Plugin]);
    says(
        &text,
        &[
            "a right that there is not",
            "`read`, `write`, `net` or `env`",
        ],
    );
}

#[test]
fn schemas_that_lead_to_themselves_come_to_an_end() {
    under(json!({ "$ref": "#" }), "config = { a = { a = 1 } }");
    under(
        json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        "config = { a = { a = 1 } }",
    );
    let tree = json!({ "additionalProperties": { "$ref": "#" } });
    assert_eq!(under(tree, "config = { a = { a = {} } }").0, []);
}

#[test]
fn missing_grants_come_with_the_line_to_add() {
    breaks(
        &[Rule::Grant],
        &changed("read    = [\"data/\"]", ""),
        &[
            "`flights` is not allowed to read `data/flights-*.csv`",
            "this needs a `read` grant",
            "add this line to `flights`",
            "read = [\"data/\"]",
            "flights.toml:6:20",
        ],
    );
    breaks(
        &[Rule::Grant],
        &changed("write = [\"out/\"]", "write = [\"output/\"]"),
        &[
            "`out` is not allowed to write `out/`",
            "what is granted",
            "write = [\"output/\", \"out/\"]",
        ],
    );
}

#[test]
fn what_can_never_be_granted_says_why() {
    breaks(
        &[Rule::Grant],
        &changed("path = \"out/\"", "path = \"ftp://host/out/\""),
        &[
            "not allowed to write `ftp://host/out/`",
            "nothing is reached by `ftp`",
        ],
    );
}

#[test]
fn formats_that_cannot_meet() {
    let file =
        |tasks: &str| format!("name = \"x\"\n{tasks}[[task]]\nname = \"out\"\nload = \"sink\"\n");
    let raw = "[[task]]\nname = \"raw\"\nextract = \"raw\"\n";
    breaks(
        &[Rule::Format],
        &file(&format!(
            "{raw}[[task]]\nname = \"late\"\ntransform = \"x\"\n"
        )),
        &[
            "`late` cannot read what `raw` produces: bytes is not arrow",
            "reads arrow",
            "produces bytes",
        ],
    );
    breaks(
        &[Rule::Format],
        &file(&format!(
            "{raw}[[task]]\nname = \"b\"\ntransform = \"blob\"\npartition-by = [\"k\"]\n"
        )),
        &["`b` partitions what `raw` produces by k, but bytes have no columns"],
    );
    let two = "[[task]]\nname = \"rows\"\nextract = \"rows\"\n";
    breaks(
        &[Rule::Format],
        &format!(
            "name = \"x\"\n{raw}{two}[[task]]\nname = \"out\"\nload = \"sink\"\nfrom = [\"raw\", \"rows\"]\n"
        ),
        &[
            "the inputs of `out` cannot all be read in one format",
            "is given bytes or arrow",
        ],
    );
}

#[test]
fn plugins_that_lack_the_kind() {
    breaks(
        &[Rule::Plugin],
        &changed("load  = \"jsonl\"", "load  = \"csv\""),
        &[
            "the plugin `csv` has no load, which `out` asks for",
            "what it has: `extract`",
        ],
    );
}

#[test]
fn plugins_that_cannot_be_had_are_shown_where_they_are_named() {
    let pipeline = parse(LATE_FLIGHTS).unwrap();
    let error = pipeline.plugin_error(
        crate::TaskIndex(1),
        "no file ./late.wasm",
        Some("build it".into()),
    );
    let other = pipeline.plugin_error(crate::TaskIndex(2), "no plugin `aggregate`", None);
    let (rules, text) = shown(&error.and(other));
    assert_eq!(rules, [Rule::Plugin, Rule::Plugin]);
    says(
        &text,
        &[
            "2 things are wrong in flights.toml",
            "flights.toml:11:13",
            "build it",
        ],
    );
}
