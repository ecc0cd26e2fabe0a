//! What `bubbles new` writes, embedded in the binary.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bubbles::{Language, sdk};
use clap::ValueEnum;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What stands for the plugin's name in a template.
const NAME: &str = "{{name}}";

/// The folder of the SDK inside a generated one, with one folder a language as its own has.
const SDK_FOLDER: &str = "bubbles-sdk";

/// A language with a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    #[default]
    Rust,
    C,
    Cpp,
    Go,
    Python,
    Javascript,
    Typescript,
    Zig,
    Assemblyscript,
}

impl Template {
    /// Its folder in the SDK.
    fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Go => "go",
            Self::Python => "python",
            Self::Javascript => "javascript",
            Self::Typescript => "typescript",
            Self::Zig => "zig",
            Self::Assemblyscript => "assemblyscript",
        }
    }

    /// What it is compiled from; Python is not.
    fn language(self) -> Option<Language> {
        match self {
            Self::Rust => Some(Language::Rust),
            Self::C => Some(Language::C),
            Self::Cpp => Some(Language::Cpp),
            Self::Go => Some(Language::Go),
            Self::Python => None,
            Self::Javascript | Self::Typescript => Some(Language::JavaScript),
            Self::Zig => Some(Language::Zig),
            Self::Assemblyscript => Some(Language::AssemblyScript),
        }
    }

    /// What to do in the new folder, each with what it is for.
    pub(crate) fn steps(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => &[("cargo test", "its own tests, run natively"), RUN, INSPECT],
            Self::Python => &[
                ("python -m pytest", "its own tests, run natively"),
                ("bubbles run .", "runs the pipeline beside it"),
            ],
            Self::Javascript | Self::Typescript | Self::Assemblyscript => {
                &[("npm install", "brings the compiler, once"), RUN, INSPECT]
            }
            Self::C | Self::Cpp | Self::Go | Self::Zig => &[RUN, INSPECT],
        }
    }
}

const RUN: (&str, &str) = (
    "bubbles run .",
    "builds it, and runs the pipeline beside it",
);
const INSPECT: (&str, &str) = ("bubbles inspect .", "shows what it offers");

/// Every file of a new plugin, by its path in the folder.
pub(crate) fn files(template: Template, name: &str) -> Vec<(PathBuf, String)> {
    let prefix = format!("{}/", template.folder());
    let own = TEMPLATES
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?, text)))
        .map(|(path, text)| (PathBuf::from(path), text.replace(NAME, name)));
    let mut files: Vec<(PathBuf, String)> = own.collect();
    let below = |path: &Path| Path::new(SDK_FOLDER).join(path);
    match template.language() {
        None => {}
        Some(Language::Rust) => {
            let sdk = RUST_SDK.iter();
            files.extend(sdk.map(|(path, text)| (below(Path::new(path)), (*text).to_owned())));
            files.push((PathBuf::from("Cargo.lock"), LOCK.to_owned()));
        }
        Some(language) => {
            let sdk = sdk::files(language.sdk());
            files.extend(sdk.map(|(path, text)| (below(path), text.to_owned())));
        }
    }
    files
}

/// Writes the files of a new plugin below `folder`.
pub(crate) fn write(folder: &Path, template: Template, name: &str) -> io::Result<()> {
    for (path, text) in files(template, name) {
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

    fn text<'a>(files: &'a [(PathBuf, String)], path: &str) -> &'a str {
        let file = files.iter().find(|(known, _)| known == Path::new(path));
        &file.unwrap_or_else(|| panic!("no {path}")).1
    }

    #[test]
    fn a_new_plugin_is_whole_and_has_its_name() {
        for template in Template::value_variants() {
            let files = files(*template, "late");
            assert!(text(&files, "pipeline.toml").contains("name = \"late\""));
            for path in ["README.md", "data/readings.csv"] {
                assert!(!text(&files, path).is_empty(), "{template:?}");
            }
            let unnamed = files.iter().find(|(_, text)| text.contains(NAME));
            assert_eq!(unnamed, None, "{template:?}");
        }
    }

    #[test]
    fn the_sdk_lies_where_the_template_looks_for_it() {
        let rust = files(Template::Rust, "late");
        assert!(text(&rust, "Cargo.toml").contains("name = \"late\""));
        assert!(text(&rust, "Cargo.toml").contains("path = \"bubbles-sdk/rust\""));
        for path in [
            "src/lib.rs",
            "bubbles-sdk/rust/src/lib.rs",
            "bubbles-sdk/arrow-json/src/lib.rs",
            "bubbles-sdk/wit/bubbles.wit",
        ] {
            assert!(!text(&rust, path).is_empty());
        }
        let go = files(Template::Go, "late");
        assert!(text(&go, "go.mod").contains("replace bubbles => ./bubbles-sdk/go"));
        assert!(text(&go, "bubbles-sdk/go/go.mod").contains("module bubbles"));
        let zig = files(Template::Zig, "late");
        assert!(!text(&zig, "bubbles-sdk/c/include/bubbles.h").is_empty());
        assert!(!text(&zig, "bubbles-sdk/zig/bubbles.zig").is_empty());
    }
}
