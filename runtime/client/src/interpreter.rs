//! The plugins that run scripts, known by name: files that lie beside the program, as a built-in of
//! their size would make every program larger.

use std::env;
use std::path::{Path, PathBuf};

/// A plugin that runs scripts in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// What pipelines call it.
    pub(crate) name: &'static str,
    /// What its scripts end with.
    runs: &'static [&'static str],
    /// What files of its language end with that are compiled first.
    compiled: &'static [&'static str],
    /// It takes modules that lie beside a script.
    pub(crate) has_modules: bool,
}

/// What a line of text is to an interpreter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// The name of a file that it runs.
    Runs,
    /// The name of a file that it would run once it is compiled.
    IsCompiled,
    /// A script itself.
    IsText,
}

const INTERPRETERS: [Interpreter; 2] = [
    Interpreter {
        name: "python",
        runs: &[".py"],
        compiled: &[],
        has_modules: true,
    },
    Interpreter {
        name: "javascript",
        runs: &[".js", ".mjs"],
        compiled: &[".ts"],
        has_modules: false,
    },
];

/// The variable that names the folder with their files.
const VARIABLE: &str = "BUBBLES_INTERPRETERS";

/// Where a missing one comes from.
pub(crate) const HELP: &str = "in a clone of the project `cargo xtask interpreters` builds it, once; pip \
    brings it with the package `bubbles`; BUBBLES_INTERPRETERS names another folder";

impl Interpreter {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        INTERPRETERS.iter().find(|it| it.name == name)
    }

    pub(crate) fn script(&self, line: &str) -> Script {
        let ends = |endings: &[&str]| endings.iter().any(|ending| line.ends_with(ending));
        if ends(self.runs) {
            Script::Runs
        } else if ends(self.compiled) {
            Script::IsCompiled
        } else {
            Script::IsText
        }
    }

    /// Its file: the first that is there of all that it could be.
    ///
    /// # Errors
    /// All folders in which it is not.
    pub(crate) fn find(&self) -> Result<PathBuf, Vec<PathBuf>> {
        let folders = folders();
        let file = format!("{}.wasm", self.name);
        let files = folders.iter().map(|folder| folder.join(&file));
        match files.into_iter().find(|file| file.is_file()) {
            Some(found) => Ok(found),
            None => Err(folders),
        }
    }
}

/// The one that the variable names, or those where they are installed.
fn folders() -> Vec<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return vec![PathBuf::from(named)];
    }
    let program = env::current_exe().and_then(|program| program.canonicalize());
    let Ok(program) = program else { return vec![] };
    let bin = program.parent().unwrap_or(Path::new("/"));
    let mut folders = vec![bin.join("interpreters")];
    if let Some(prefix) = bin.parent() {
        folders.push(prefix.join("lib/bubbles/interpreters"));
        // In the package that pip installs, this program lies beside them.
        folders.push(prefix.join("plugin"));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_text() {
        let python = Interpreter::named("python").unwrap();
        assert_eq!(python.script("tasks/clean.py"), Script::Runs);
        assert_eq!(python.script("transform = len"), Script::IsText);
        let javascript = Interpreter::named("javascript").unwrap();
        assert_eq!(javascript.script("clean.mjs"), Script::Runs);
        assert_eq!(javascript.script("clean.ts"), Script::IsCompiled);
        assert_eq!(Interpreter::named("csv"), None);
    }
}
