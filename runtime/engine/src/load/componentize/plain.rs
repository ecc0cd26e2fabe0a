//! Names for languages that cannot write `:`, `/` and `#`.
//!
//! `transform_process` stands for `bubbles:etl/transform@0.1.0#process`, and import `output_emit`
//! of module `bubbles` for `emit` of `bubbles:etl/output@0.1.0`.

use super::VERSION;

/// Module that plain imports come from.
const MODULE: &str = "bubbles";

/// What a canonical name begins with where the results of a call are given back.
const POST: &str = "cabi_post_";

const EXPORTS: [(&str, &[&str]); 4] = [
    ("plugin", &["describe"]),
    ("extract", &["plan", "run"]),
    ("transform", &["open", "process", "finish"]),
    ("load", &["open", "write", "prepare", "commit", "abort"]),
];

/// Interface, plain name, name in the contract.
const IMPORTS: [(&str, &str, &str); 15] = [
    ("output", "emit", "emit"),
    ("output", "emit_text", "emit-text"),
    ("rejects", "reject", "reject"),
    ("rejects", "reject_text", "reject-text"),
    ("log", "log", "log"),
    ("objects", "find", "find"),
    ("objects", "read", "read"),
    ("objects", "staged_create", "[static]staged.create"),
    ("objects", "staged_write", "[method]staged.write"),
    ("objects", "staged_write_text", "[method]staged.write-text"),
    ("objects", "staged_finish", "[static]staged.finish"),
    ("objects", "staged_drop", "[resource-drop]staged"),
    ("objects", "publish", "publish"),
    ("objects", "discard", "discard"),
    ("objects", "remove", "remove"),
];

/// The canonical name of an export, if it has a plain one.
pub(super) fn export(plain: &str) -> Option<String> {
    let (post, name) = match plain.strip_prefix(POST) {
        Some(name) => (POST, name),
        None => ("", plain),
    };
    let (interface, function) = name.split_once('_')?;
    let (_, functions) = EXPORTS.iter().find(|(known, _)| *known == interface)?;
    functions
        .contains(&function)
        .then(|| format!("{post}bubbles:etl/{interface}@{VERSION}#{function}"))
}

/// Module and name of an import, if it is a plain one.
pub(super) fn import(module: &str, plain: &str) -> Option<(String, &'static str)> {
    if module != MODULE {
        return None;
    }
    let (interface, function) = plain.split_once('_')?;
    let (_, _, name) = IMPORTS
        .iter()
        .find(|(of, known, _)| *of == interface && *known == function)?;
    Some((format!("bubbles:etl/{interface}@{VERSION}"), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stand_for_those_of_the_contract() {
        let process = export("transform_process").unwrap();
        assert_eq!(process, "bubbles:etl/transform@0.1.0#process");
        let post = export("cabi_post_load_prepare").unwrap();
        assert_eq!(post, "cabi_post_bubbles:etl/load@0.1.0#prepare");
        let (module, name) = import("bubbles", "objects_staged_write").unwrap();
        assert_eq!(module, "bubbles:etl/objects@0.1.0");
        assert_eq!(name, "[method]staged.write");
    }

    #[test]
    fn other_names_stay() {
        for name in [
            "memory",
            "transform_other",
            "process",
            "cabi_realloc",
            "_initialize",
        ] {
            assert_eq!(export(name), None);
        }
        assert_eq!(import("env", "output_emit"), None);
        assert_eq!(import("bubbles", "output_other"), None);
    }
}
