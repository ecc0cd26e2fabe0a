//! Files that cannot be read as a pipeline.

use super::{LATE_FLIGHTS, says, wrong};
use crate::Rule;

/// The design's pipeline with one thing changed.
pub(super) fn changed(from: &str, to: &str) -> String {
    assert!(LATE_FLIGHTS.contains(from), "{from}");
    LATE_FLIGHTS.replacen(from, to, 1)
}

#[test]
fn no_toml() {
    let (rules, text) = wrong(&changed("name    = \"flights\"", "name    = flights"));
    assert_eq!(rules, [Rule::Syntax]);
    says(
        &text,
        &[
            "this is not TOML",
            "flights.toml:4:",
            "name    = flights",
            "double quotes",
        ],
    );
}

#[test]
fn unknown_key_at_the_top() {
    let (rules, text) = wrong(&changed(
        "name = \"late-flights\"",
        "name = \"x\"\ntasks = 1",
    ));
    assert_eq!(rules, [Rule::UnknownKey]);
    says(
        &text,
        &[
            "unknown key `tasks`",
            "flights.toml:2:1",
            "did you mean `task`?",
        ],
    );
}

#[test]
fn unknown_key_in_a_task() {
    let (rules, text) = wrong(&changed("partition-by", "partition_by"));
    assert_eq!(rules, [Rule::UnknownKey]);
    says(
        &text,
        &[
            "unknown key `partition_by`",
            "flights.toml:18:1",
            "did you mean `partition-by`?",
        ],
    );
    let (_, text) = wrong(&changed("config    = { minutes = 60 }", "minutes = 60"));
    says(
        &text,
        &[
            "unknown key `minutes`",
            "`on-error`",
            "settings belong into `config`",
        ],
    );
}

#[test]
fn missing_names() {
    let (rules, text) = wrong(&changed("name = \"late-flights\"\n", ""));
    assert_eq!(rules, [Rule::Missing]);
    says(
        &text,
        &[
            "the pipeline has no name",
            "flights.toml:1:1",
            "name = \"late-flights\"",
        ],
    );
    let (rules, text) = wrong(&changed("name      = \"late\"\n", ""));
    assert_eq!(rules, [Rule::Missing]);
    says(
        &text,
        &["task 2 has no name", "[[task]]", "add a line such as"],
    );
}

#[test]
fn names_of_other_characters() {
    let (rules, text) = wrong(&changed(
        "name      = \"late\"",
        "name      = \"late flights!\"",
    ));
    assert_eq!(rules, [Rule::Value]);
    says(
        &text,
        &[
            "cannot be called \"late flights!\"",
            "\"late-flights\" would do",
            "not ' '",
        ],
    );
    let (rules, text) = wrong(&changed("name = \"late-flights\"", "name = \"../x\""));
    assert_eq!(rules, [Rule::Value]);
    says(
        &text,
        &[
            "the pipeline cannot be called",
            "flights.toml:1:8",
            "\"x\" would do",
        ],
    );
}

#[test]
fn one_table_instead_of_a_list() {
    let (rules, text) = wrong("name = \"x\"\n[task]\nname = \"a\"\n");
    assert_eq!(rules, [Rule::Type]);
    says(
        &text,
        &["`task` is one table", "`[[task]]`", "flights.toml:2:"],
    );
}

#[test]
fn no_kind_and_two_kinds() {
    let (rules, text) = wrong(&changed("transform = \"./late.wasm\"\n", ""));
    assert_eq!(rules, [Rule::Missing]);
    says(
        &text,
        &["`late` does not say what it does", "transform = \"…\""],
    );
    let (rules, text) = wrong(&changed(
        "load  = \"jsonl\"",
        "load  = \"jsonl\"\nextract = \"csv\"",
    ));
    assert_eq!(rules, [Rule::Conflict]);
    says(
        &text,
        &[
            "`out` is of more than one kind",
            "here it is a load",
            "here it is an extract",
        ],
    );
}

#[test]
fn plugins_that_are_no_name() {
    let (rules, text) = wrong(&changed("\"aggregate\"", "\"aggre gate\""));
    assert_eq!(rules, [Rule::Value]);
    says(
        &text,
        &[
            "the plugin of `by-carrier` cannot be \"aggre gate\"",
            "\"./late.wasm\"",
        ],
    );
}

#[test]
fn numbers_no_configuration_can_hold() {
    let (rules, text) = wrong(&changed("minutes = 60", "minutes = inf"));
    assert_eq!(rules, [Rule::Value]);
    says(&text, &["a number is finite", "flights.toml:12:"]);
    let (_, text) = wrong(&changed(
        "minutes = 60",
        "minutes = 99999999999999999999999",
    ));
    says(&text, &["at most 64 bits"]);
}

#[test]
fn too_many_tasks() {
    let mut text = "name = \"x\"\n".to_owned();
    for i in 0..300 {
        text.push_str(&format!("[[task]]\nname = \"t{i}\"\nextract = \"csv\"\n"));
    }
    let (rules, text) = wrong(&text);
    assert_eq!(rules, [Rule::TooMany]);
    says(
        &text,
        &[
            "at most 256 tasks, not 300",
            "on one stack",
            "flights.toml:770:",
        ],
    );
}

#[test]
fn too_long() {
    let (rules, text) = wrong(&"#".repeat(5 << 20));
    assert_eq!(rules, [Rule::TooMany]);
    says(
        &text,
        &["longer than a pipeline file may be", "4194304 bytes"],
    );
}

#[test]
fn nothing_from_outside_panics() {
    for text in [
        "",
        "\0",
        "[[task]]",
        "task = [1]",
        "[[task]]\nfrom = [{}]",
        "task = [[]]",
        "é = 1",
        "\u{feff}name=1",
    ] {
        let (rules, text) = wrong(text);
        assert!(!rules.is_empty(), "{text}");
    }
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(wrong(&deep).0[0], Rule::Syntax);
}

#[test]
fn all_errors_are_shown_in_the_order_of_the_file() {
    let text = changed("name    = \"flights\"", "name    = \"flights\"\ncolour = 1")
        .replace("\"aggregate\"", "\"aggre gate\"")
        .replace(
            "load  = \"jsonl\"",
            "load  = \"jsonl\"\nfrom = \"by-carier\"",
        );
    let (rules, text) = wrong(&text);
    assert_eq!(rules, [Rule::UnknownKey, Rule::Value, Rule::Edge]);
    says(
        &text,
        &[
            "3 things are wrong in flights.toml",
            "did you mean `by-carrier`?",
        ],
    );
}

#[test]
fn without_colours_and_frames_the_same_is_said() {
    let error = super::parse(&changed("partition-by", "partition_by")).unwrap_err();
    assert_eq!(error.to_string(), "unknown key `partition_by`");
    assert_eq!(
        format!("{error:#}"),
        "unknown key `partition_by`\n  flights.toml:18:1: unknown key `partition_by`\n    \
         did you mean `partition-by`?"
    );
}
