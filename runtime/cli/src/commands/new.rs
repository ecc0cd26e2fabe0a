//! `bubbles new`: a folder with a plugin that builds, tests and runs as it stands.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::template::{self, Template};
use crate::{failure, output};

/// Makes a folder with a new plugin, a pipeline that uses it, and a test.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// The plugin's name: lower-case letters, digits and `-`.
    #[arg(value_parser = plugin_name)]
    name: String,
    /// The language to write it in.
    #[arg(long, value_enum, default_value_t)]
    lang: Template,
    /// The folder to make [default: the plugin's name].
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
}

/// The name is taken: nothing was written.
const REFUSED: u8 = 2;

impl New {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let folder = self.path.unwrap_or_else(|| PathBuf::from(&self.name));
        if !is_free(&folder).with_context(|| format!("looking into {}", folder.display()))? {
            let message = format!("{} is there already, and not empty", folder.display());
            failure::say_error(&message, Some("name another folder with --path"));
            return Ok(REFUSED);
        }
        template::write(&folder, self.lang, &self.name)
            .with_context(|| format!("writing the new plugin to {}", folder.display()))?;
        output::say(&next_steps(&self.name, &folder, self.lang));
        output::print(&format!("{}\n", folder.display()))?;
        Ok(0)
    }
}

/// Nothing is there, or an empty folder.
fn is_free(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

fn next_steps(name: &str, folder: &Path, template: Template) -> String {
    let mut steps = format!(
        "made the plugin {name}. What to do next:\n\n  cd {}",
        folder.display()
    );
    for (command, purpose) in template.steps() {
        steps.push_str(&format!("\n  {command:<17}  {purpose}"));
    }
    steps.push('\n');
    steps
}

/// A name that cargo takes for a crate, and a pipeline for a task.
fn plugin_name(name: &str) -> Result<String, String> {
    let plain = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    };
    if !name.starts_with(|character: char| character.is_ascii_lowercase())
        || !name.chars().all(plain)
    {
        return Err(
            "a plugin's name is lower-case letters, digits and `-`, and begins with a letter; \
                    another folder goes into --path"
                .to_owned(),
        );
    }
    // Crates that cargo refuses, and the one that every plugin depends on.
    const TAKEN: [&str; 8] = [
        "test",
        "core",
        "std",
        "alloc",
        "build",
        "deps",
        "examples",
        "bubbles-sdk",
    ];
    if TAKEN.contains(&name) || is_keyword(name) {
        return Err(format!(
            "{name} cannot be the name of a crate: choose another"
        ));
    }
    Ok(name.to_owned())
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &str = " abstract as async await become box break const continue crate do dyn else enum \
        extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref \
        return self static struct super trait true try type typeof unsafe unsized use virtual where while \
        yield ";
    KEYWORDS.split_whitespace().any(|keyword| keyword == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cargo_takes() {
        assert_eq!(plugin_name("late-2").as_deref(), Ok("late-2"));
        for name in [
            "",
            "2late",
            "Late",
            "a/b",
            "test",
            "match",
            "../x",
            "bubbles-sdk",
        ] {
            assert!(plugin_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn only_a_folder_with_nothing_in_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_free(folder.path()).unwrap());
        assert!(is_free(&folder.path().join("new")).unwrap());
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(!is_free(folder.path()).unwrap());
        assert!(!is_free(&file).unwrap());
    }
}
