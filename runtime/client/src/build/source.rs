//! Finds out what there is to compile.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{BuildError, Language};

/// What a plugin is compiled from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) language: Language,
    /// The folder it is in, absolute.
    pub(super) folder: PathBuf,
    /// Its files, the first of which is where it begins. Of a crate that is its manifest.
    pub(super) files: Vec<PathBuf>,
    /// What its plugin is called.
    pub(super) name: String,
}

impl Source {
    /// What is at `path`: a file of one language, or a folder with a crate or with files of one
    /// language. Of several files, the one called `plugin` is where it begins.
    pub(super) fn find(path: &Path) -> Result<Self, BuildError> {
        let failed = |source: io::Error| BuildError::Io {
            folder: path.to_owned(),
            action: "looking for what there is to compile",
            source,
        };
        let path = match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BuildError::NoPlugin(path.to_owned()));
            }
            found => found.map_err(failed)?,
        };
        if path.is_dir() {
            return Self::in_folder(&path).map_err(failed)?;
        }
        let name = text(&path);
        if name.ends_with(".py") {
            return Err(BuildError::Script(path));
        }
        let Some(language) = Language::of(&name) else {
            return Err(BuildError::NoPlugin(path));
        };
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self {
            language,
            folder,
            name: stem(&name).to_owned(),
            files: vec![path],
        })
    }

    fn in_folder(folder: &Path) -> io::Result<Result<Self, BuildError>> {
        let name = text(folder);
        let found = |language, files| Self {
            language,
            folder: folder.to_owned(),
            files,
            name,
        };
        let manifest = folder.join("Cargo.toml");
        if manifest.is_file() {
            return Ok(Ok(found(Language::Rust, vec![manifest])));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(match choose(&names) {
            Choice::Files(language, names) => Ok(found(
                language,
                names.iter().map(|name| folder.join(name)).collect(),
            )),
            Choice::Scripts(script) => Err(BuildError::Script(folder.join(script))),
            Choice::Nothing => Err(BuildError::NoPlugin(folder.to_owned())),
            Choice::Several(names) => Err(BuildError::Several {
                folder: folder.to_owned(),
                files: names.join(", "),
            }),
        })
    }
}

/// What the files of a folder make.
#[derive(Debug, PartialEq, Eq)]
enum Choice<'a> {
    Files(Language, Vec<&'a str>),
    /// Python, which is not compiled: this is a file of it.
    Scripts(&'a str),
    Nothing,
    /// Any of these could be meant.
    Several(Vec<&'a str>),
}

fn choose(names: &[String]) -> Choice<'_> {
    let sources: Vec<(&str, Language)> = names
        .iter()
        .filter(|name| !name.starts_with('.') && !name.ends_with("_test.go"))
        .filter_map(|name| Some((name.as_str(), Language::of(name)?)))
        .collect();
    let first = match sources.as_slice() {
        [] => {
            let script = names.iter().find(|name| name.ends_with(".py"));
            return script.map_or(Choice::Nothing, |script| Choice::Scripts(script));
        }
        [only] => *only,
        several => {
            let mut plugins = several.iter().filter(|(name, _)| stem(name) == "plugin");
            let go = several
                .iter()
                .all(|(_, language)| *language == Language::Go);
            match (plugins.next(), plugins.next()) {
                (Some(plugin), None) => *plugin,
                (None, _) if go => several[0],
                _ => return Choice::Several(several.iter().map(|(name, _)| *name).collect()),
            }
        }
    };
    let (first, language) = first;
    // These are linked from several files; the others find what they import.
    let is_linked = matches!(language, Language::C | Language::Cpp | Language::Go);
    let beside =
        |other: Language| other == language || (language == Language::Cpp && other == Language::C);
    let mut files = vec![first];
    if is_linked {
        let others = sources.iter().filter(|(name, _)| *name != first);
        files.extend(others.filter(|it| beside(it.1)).map(|(name, _)| *name));
    }
    Choice::Files(language, files)
}

/// `late.as.ts` without its endings.
fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn text(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        match choose(&names) {
            Choice::Files(language, names) => format!("{language:?} {}", names.join(" ")),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn one_source_is_the_plugin_and_of_several_the_one_called_so() {
        assert_eq!(chosen(&["README.md", "late.zig"]), "Zig late.zig");
        assert_eq!(chosen(&["a.js", "plugin.js"]), "JavaScript plugin.js");
        assert_eq!(chosen(&["a.c", "plugin.c"]), "C plugin.c a.c");
        assert_eq!(chosen(&["a.c", "plugin.cpp"]), "Cpp plugin.cpp a.c");
        assert_eq!(chosen(&["a.go", "b.go", "b_test.go"]), "Go a.go b.go");
        assert_eq!(chosen(&["a.js", "b.js"]), r#"Several(["a.js", "b.js"])"#);
        assert_eq!(
            chosen(&["plugin.c", "plugin.js"]),
            r#"Several(["plugin.c", "plugin.js"])"#
        );
    }

    #[test]
    fn python_is_no_source_and_nothing_is_nothing() {
        assert_eq!(chosen(&["README.md", "warm.py"]), r#"Scripts("warm.py")"#);
        assert_eq!(chosen(&["README.md", ".hidden.c"]), "Nothing");
    }

    #[test]
    fn a_file_of_no_language_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("late.txt");
        fs::write(&file, "").unwrap();
        let missing = Source::find(&folder.path().join("late.c"));
        assert!(
            matches!(missing, Err(BuildError::NoPlugin(_))),
            "{missing:?}"
        );
        let found = Source::find(&file);
        assert!(matches!(found, Err(BuildError::NoPlugin(_))), "{found:?}");
    }
}
