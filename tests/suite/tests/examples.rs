//! The examples, run where they lie, give what lies in their folder `expected`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::folder::Folder;
use crate::{built, program};

#[track_caller]
fn gives_what_is_expected(name: &str) {
    let folder = Folder::new();
    let example = built::root().join("examples").join(name);
    let ended = program::run(&mut folder.bubbles(&["run", example.to_str().unwrap()]));
    ended.code(0);
    let expected = texts(&example.join("expected"));
    assert!(!expected.is_empty(), "examples/{name}/expected has no text");
    for (file, text) in expected {
        let path = example.join("out").join(&file);
        let given = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(
            given == text,
            "{file} of examples/{name} is not as expected"
        );
    }
    folder.expect_no_scratch();
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = texts_below(&name, &path);
            texts.extend(below);
        } else if let Ok(text) = fs::read_to_string(&path) {
            texts.insert(name, text);
        }
    }
    texts
}

fn texts_below(name: &str, folder: &Path) -> Vec<(String, String)> {
    texts(folder)
        .into_iter()
        .map(|(file, text)| (format!("{name}/{file}"), text))
        .collect()
}

#[test]
fn flights() {
    gives_what_is_expected("flights");
}

#[test]
fn hello() {
    gives_what_is_expected("hello");
}
