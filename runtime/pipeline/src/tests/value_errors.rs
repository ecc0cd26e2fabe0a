//! Values that a key cannot have.

use super::{file_errors::changed, says, wrong};
use crate::Rule;

/// What is written instead of what, and what the error says the key is.
const WRONG_TYPES: &[(&str, &str, &str)] = &[
    (
        "name      = \"late\"",
        "name      = 3",
        "`name` is a string",
    ),
    (
        "transform = \"./late.wasm\"",
        "transform = true",
        "`transform` is a string",
    ),
    (
        "config    = { minutes = 60 }",
        "config    = 60",
        "`config` is a table",
    ),
    (
        "read    = [\"data/\"]",
        "read    = [1]",
        "`read` is a string",
    ),
    (
        "read    = [\"data/\"]",
        "read    = { a = 1 }",
        "`read` is a list of strings",
    ),
    (
        "partition-by = [\"carrier\"]",
        "partition-by = 1",
        "`partition-by` is a list of strings",
    ),
    (
        "on-error  = \"reject\"",
        "on-error  = false",
        "`on-error` is a string",
    ),
    (
        "on-error  = \"reject\"",
        "gather  = \"yes\"",
        "`gather` is `true` or `false`",
    ),
    (
        "on-error  = \"reject\"",
        "memory  = 1.5",
        "`memory` is a size such as \"256MiB\"",
    ),
    (
        "on-error  = \"reject\"",
        "timeout  = 10",
        "`timeout` is a time such as \"10s\"",
    ),
    (
        "on-error  = \"reject\"",
        "parallelism  = \"4\"",
        "`parallelism` is a whole number from 1",
    ),
    (
        "on-error  = \"reject\"",
        "from  = 4",
        "`from` is the name of a task, or a list",
    ),
    (
        "on-error  = \"reject\"",
        "from  = [4]",
        "`from` is a string",
    ),
    (
        "on-error  = \"reject\"",
        "on  = 2013-01-01",
        "this is a datetime",
    ),
];

/// A line instead of `on-error`, and what the error and its help say.
const OUT_OF_RANGE: &[(&str, &str, &str)] = &[
    (
        "on-error = \"rejct\"",
        "`on-error` cannot be \"rejct\"",
        "did you mean \"reject\"?",
    ),
    (
        "on-error = \"skip\"",
        "`on-error` cannot be \"skip\"",
        "puts bad records aside",
    ),
    (
        "memory = \"256 megs\"",
        "`memory` cannot be \"256 megs\"",
        "such as \"256MiB\"",
    ),
    (
        "memory = 10",
        "cannot have 10 bytes of memory",
        "a bare number counts bytes",
    ),
    ("memory = -1", "`memory` cannot be -1", "such as \"256MiB\""),
    (
        "memory = \"8GiB\"",
        "cannot have 8589934592 bytes",
        "to \"4GiB\"",
    ),
    (
        "timeout = \"10 seconds\"",
        "`timeout` cannot be \"10 seconds\"",
        "such as \"10s\"",
    ),
    (
        "timeout = \"1ms\"",
        "cannot have a timeout of 1ms",
        "from \"10ms\"",
    ),
    (
        "parallelism = 0",
        "`parallelism` cannot be 0",
        "a whole number from 1",
    ),
    (
        "parallelism = -3",
        "`parallelism` cannot be -3",
        "a whole number from 1",
    ),
    (
        "parallelism = 100000",
        "cannot run 100000 times at once",
        "at most 4096",
    ),
    (
        "on = \"big gpu\"",
        "cannot run on \"big gpu\"",
        "\"big-gpu\" would do",
    ),
    (
        "net = [\"example.com\"]",
        "`net` of \"example.com\"",
        "\"example.com:443\"",
    ),
    (
        "net = \"https://example.com/x\"",
        "`net` of \"https",
        "\"example.com:443\"",
    ),
    (
        "env = [\"MY TOKEN\"]",
        "`env` of \"MY TOKEN\"",
        "\"API_TOKEN\"",
    ),
    (
        "read = [\"data/*.csv\"]",
        "`read` of \"data/*.csv\"",
        "write \"data/\"",
    ),
    (
        "write = [\"s3://\"]",
        "`write` of \"s3://\"",
        "with its bucket",
    ),
    ("partition-by = [\"a\", \"a\"]", "by `a` twice", "again"),
    ("partition-by = \"\"", "a column without a name", "empty"),
];

#[test]
fn wrong_types() {
    for (from, to, key) in WRONG_TYPES {
        let (rules, text) = wrong(&changed(from, to));
        assert!(
            matches!(rules.as_slice(), [Rule::Type | Rule::Value]),
            "{to}: {text}"
        );
        says(&text, &[key, "flights.toml:"]);
    }
}

#[test]
fn values_out_of_range() {
    for (line, message, help) in OUT_OF_RANGE {
        let (rules, text) = wrong(&changed("on-error  = \"reject\"", line));
        assert!(
            matches!(rules.as_slice(), [Rule::Value | Rule::Duplicate]),
            "{line}: {text}"
        );
        says(&text, &[message, help, "flights.toml:13:", line]);
    }
}
