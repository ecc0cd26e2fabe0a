//! What `bubbles new` writes, embedded in the binary.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What stands for the plugin's name in the template.
const NAME: &str = "{{name}}";

/// The folder of the SDK inside a generated one: its source, and beside it what it
/// depends on and the contract, as its bindings expect.
const SDK_FOLDER: &str = "bubbles-sdk/rust";
const ARROW_JSON_FOLDER: &str = "bubbles-sdk/arrow-json";
const CONTRACT_FOLDER: &str = "bubbles-sdk/wit";

/// Every file of a new plugin, by its path in the folder.
pub(crate) fn files(name: &str) -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = TEMPLATE
        .iter()
        .map(|(path, text)| (PathBuf::from(path), text.replace(NAME, name)))
        .collect();
    let below = |folder: &'static str, embedded: &'static [(&str, &str)]| {
        embedded
            .iter()
            .map(move |(path, text)| (Path::new(folder).join(path), (*text).to_owned()))
    };
    files.extend(below(SDK_FOLDER, SDK));
    files.extend(below(ARROW_JSON_FOLDER, ARROW_JSON));
    files.extend(below(CONTRACT_FOLDER, CONTRACT));
    files.push((PathBuf::from("Cargo.lock"), LOCK.to_owned()));
    files
}

/// Writes the files of a new plugin below `folder`.
pub(crate) fn write(folder: &Path, name: &str) -> io::Result<()> {
    for (path, text) in files(name) {
        let path = folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_plugin_is_whole_and_has_its_name() {
        let files = files("late");
        let text = |path: &str| {
            let file = files.iter().find(|(known, _)| known == Path::new(path));
            &file.unwrap_or_else(|| panic!("no {path}")).1
        };
        assert!(text("Cargo.toml").contains("name = \"late\""));
        assert!(text("Cargo.toml").contains(&format!("path = \"{SDK_FOLDER}\"")));
        assert!(text("pipeline.toml").contains("name = \"late\""));
        for path in [
            "src/lib.rs",
            "bubbles-sdk/rust/src/lib.rs",
            "bubbles-sdk/arrow-json/src/lib.rs",
            "bubbles-sdk/wit/bubbles.wit",
        ] {
            assert!(!text(path).is_empty());
        }
        let unnamed: Vec<_> = files
            .iter()
            .filter(|(_, text)| text.contains(NAME))
            .collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }
}
