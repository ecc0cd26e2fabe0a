//! What a case's pipeline names as its plugin: one that was built, or an interpreter with a script.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::interpreter::Interpreter;
use super::{Built, Language, Place, plugin, rust};

/// A case in one language, ready to run.
pub(super) struct Guest {
    /// Its own among all.
    pub(super) name: String,
    plugin: PathBuf,
    /// What the plugin interprets, if it does.
    script: Option<PathBuf>,
    memory: &'static str,
}

impl Guest {
    /// The plugin, or the log of the build that failed.
    pub(super) fn build(
        place: &Place<'_>,
        language: &Language,
        case: &str,
        source: &Path,
    ) -> Result<Result<Self, String>> {
        let (built, script) = match language.built {
            Built::Compiled => (plugin::build(place, language, case, source)?, None),
            Built::ByCargo => (rust::build(place, case)?, None),
            // Known by its name, where it lies beside the program.
            Built::Interpreted => {
                let built = Interpreter::Python.build(place)?;
                (built.map(|_| "python".into()), Some(source.to_owned()))
            }
        };
        Ok(built.map(|plugin| Self {
            name: format!("{case}-{}", language.ending.replace('.', "-")),
            plugin,
            script,
            memory: language.memory,
        }))
    }

    pub(super) fn is_script(&self) -> bool {
        self.script.is_some()
    }

    /// The pipeline with this plugin in it. A script is a part of the configuration, which follows the
    /// plugin's line.
    pub(super) fn fill(&self, pipeline: &str) -> String {
        let mut text = String::new();
        let mut is_own = false;
        for line in pipeline.lines() {
            is_own = !line.is_empty() && (is_own || line.contains("\"PLUGIN\""));
            match (&self.script, line.split_once('=')) {
                (Some(script), Some((name, config))) if is_own && name.trim() == "config" => {
                    let script = script.display();
                    text += &format!("{name}= {{ code = \"{script}\", config ={config} }}\n");
                }
                _ => text += &format!("{line}\n"),
            }
        }
        let plugin = self.plugin.display().to_string();
        text.replace("PLUGIN", &plugin)
            .replace("MEMORY", self.memory)
    }
}
