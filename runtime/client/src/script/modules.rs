//! The modules in pure Python that lie beside a script and are imported by it, or by one another.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// All of them, by name, as the interpreter takes them. What is imported and does not lie there is the
/// interpreter's own or is missing: it will say so.
pub(super) fn beside(base: &Path, script: &Path, text: &str) -> io::Result<Map<String, Value>> {
    let folder = script.parent().unwrap_or(Path::new(""));
    let mut found = Map::new();
    let mut wanted = imported(text);
    let mut seen = BTreeSet::new();
    while let Some(name) = wanted.pop_first() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let package = folder.join(&name);
        let files = if base.join(&package).join("__init__.py").is_file() {
            package_files(base, &package, &name)?
        } else {
            let file = package.with_extension("py");
            match base.join(&file).is_file() && file != script {
                true => vec![(name, file, false)],
                false => vec![],
            }
        };
        for (name, file, is_package) in files {
            let source = super::read(&base.join(&file))?;
            wanted.extend(imported(&source));
            let file = file.to_string_lossy();
            found.insert(
                name,
                json!({ "file": file, "source": source, "package": is_package }),
            );
        }
    }
    Ok(found)
}

/// The modules of a package, each with its file, and whether it is a package itself.
fn package_files(
    base: &Path,
    folder: &Path,
    name: &str,
) -> io::Result<Vec<(String, PathBuf, bool)>> {
    let mut files = vec![(name.to_owned(), folder.join("__init__.py"), true)];
    for entry in fs::read_dir(base.join(folder))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let inner = format!("{name}.{stem}");
        if path.join("__init__.py").is_file() {
            files.extend(package_files(base, &folder.join(&*stem), &inner)?);
        } else if path.extension().is_some_and(|end| end == "py") && stem != "__init__" {
            files.push((
                inner,
                folder.join(path.file_name().unwrap_or_default()),
                false,
            ));
        }
    }
    files.sort();
    Ok(files)
}

/// The first part of each name after an `import` or `from` that begins a line. What only looks like one,
/// in a text of several lines, at worst brings a module too many.
fn imported(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines().map(str::trim_start) {
        let list = match (line.strip_prefix("import "), line.strip_prefix("from ")) {
            (Some(list), _) => list,
            (_, Some(rest)) => rest.split_whitespace().next().unwrap_or_default(),
            _ => continue,
        };
        for name in list.split(',') {
            let name = name.trim_start();
            let end = name.find(|it: char| !(it.is_alphanumeric() || it == '_'));
            let first = &name[..end.unwrap_or(name.len())];
            if !first.is_empty() {
                names.insert(first.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_a_line_begins_with_them() {
        let text = "import json, words as w\nfrom lib.dates import day\n  import late\nfrom . import x\n# import no\n";
        let found: Vec<String> = imported(text).into_iter().collect();
        assert_eq!(found, ["json", "late", "lib", "words"]);
    }

    #[test]
    fn modules_bring_their_own_and_packages_all_of_theirs() {
        let base = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = base.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("tasks/a.py", "import b, clean\n");
        write("tasks/b.py", "import a\n");
        write("tasks/lib/__init__.py", "");
        write("tasks/lib/deep/__init__.py", "");
        write("tasks/lib/deep/x.py", "");
        write("tasks/lib/notes.txt", "");
        write("tasks/unused.py", "");
        let script = Path::new("tasks/clean.py");
        let found = beside(
            base.path(),
            script,
            "import a, json\nfrom lib.deep import x\n",
        )
        .unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["a", "b", "lib", "lib.deep", "lib.deep.x"]);
        assert_eq!(found["lib.deep"]["package"], true);
        assert_eq!(found["a"]["file"], "tasks/a.py");
    }
}
