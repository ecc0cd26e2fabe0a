//! Scripts that interpreters run: `config = { code = "clean.py" }` becomes the script's text, before
//! the pipeline goes anywhere.

mod modules;

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use bubbles_pipeline::{Pipeline, PipelineError, PluginRef, Task, TaskIndex};
use serde_json::Value;

use crate::interpreter::{Interpreter, Script};

/// A script is written by hand. With its modules it travels in the configuration of its task.
const MAX_BYTES: u64 = 1 << 20;

/// Puts the text of scripts in the place of their names.
pub(crate) fn embed(pipeline: &mut Pipeline) -> Result<(), PipelineError> {
    for index in (0..pipeline.tasks().len()).map(TaskIndex) {
        let task = pipeline.task(index);
        let Some((interpreter, name)) = named(task) else {
            continue;
        };
        let base = pipeline.base();
        let wrong = |(message, help)| pipeline.config_error(index, "code", message, Some(help));
        let config = match interpreter.script(name) {
            Script::Runs => embedded(base, task, interpreter, name).map_err(wrong)?,
            Script::IsCompiled => {
                let message = format!("{name} has to be compiled before it runs");
                let help = format!(
                    "name it as the plugin itself: {} = \"./{name}\"",
                    task.kind.as_str()
                );
                return Err(wrong((message, help)));
            }
            Script::IsText => continue,
        };
        pipeline.set_config(index, config);
    }
    Ok(())
}

/// The interpreter of a task, and the line that may name its script.
fn named(task: &Task) -> Option<(&'static Interpreter, &str)> {
    let PluginRef::Named { name, .. } = &task.plugin else {
        return None;
    };
    let code = task.config.get("code")?.as_str()?;
    let one_line = !code.contains('\n');
    Interpreter::named(name)
        .filter(|_| one_line)
        .map(|it| (it, code))
}

/// The task's configuration with the script's text in it: or what is wrong, and what would be right.
fn embedded(
    base: &Path,
    task: &Task,
    interpreter: &Interpreter,
    name: &str,
) -> Result<Value, (String, String)> {
    let text = read(&base.join(name)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => (
            format!("there is no script {name}"),
            format!("it is looked for in {}", base.display()),
        ),
        _ => (
            format!("the script {name} cannot be read: {error}"),
            "it has to be a file of UTF-8 text that you may read".to_owned(),
        ),
    })?;
    let mut config = task.config.clone();
    if interpreter.has_modules {
        let found = modules::beside(base, Path::new(name), &text).map_err(|error| {
            (
                format!("a module that {name} imports cannot be read: {error}"),
                "it has to be a file of UTF-8 text that you may read".to_owned(),
            )
        })?;
        if !found.is_empty() && config.get("modules").is_none() {
            config["modules"] = found.into();
        }
    }
    if config.get("file").is_none() {
        config["file"] = name.into();
    }
    config["code"] = text.into();
    Ok(config)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let message = format!("it has more than {} MiB", MAX_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use bubbles_pipeline::{Kind, TaskSpec};
    use serde_json::json;

    use super::*;

    fn pipeline(base: &Path, plugin: &str, config: Value) -> Pipeline {
        let task = TaskSpec {
            config,
            ..TaskSpec::new("clean", Kind::Transform, plugin)
        };
        Pipeline::builder("p", base)
            .task(TaskSpec::new("in", Kind::Extract, "csv"))
            .task(task)
            .task(TaskSpec::new("out", Kind::Load, "jsonl"))
            .build()
            .unwrap()
    }

    #[test]
    fn a_file_becomes_its_text() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("clean.py"), "import words\n").unwrap();
        fs::write(folder.path().join("words.py"), "A = 1\n").unwrap();
        let config = json!({ "code": "clean.py", "config": { "a": 1 } });
        let mut pipeline = pipeline(folder.path(), "python", config);
        embed(&mut pipeline).unwrap();
        assert_eq!(
            pipeline.tasks()[1].config,
            json!({
                "code": "import words\n",
                "file": "clean.py",
                "config": { "a": 1 },
                "modules": { "words": { "file": "words.py", "source": "A = 1\n", "package": false } },
            })
        );
    }

    #[test]
    fn text_and_other_plugins_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (plugin, code) in [("python", "def transform(r):\n  return r"), ("csv", "a.py")] {
            let config = json!({ "code": code });
            let mut pipeline = pipeline(folder.path(), plugin, config.clone());
            embed(&mut pipeline).unwrap();
            assert_eq!(pipeline.tasks()[1].config, config);
        }
    }

    #[test]
    fn a_script_that_is_not_there_or_is_compiled_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for (plugin, code, said) in [
            ("python", "clean.py", "there is no script clean.py"),
            ("javascript", "clean.ts", "clean.ts has to be compiled"),
        ] {
            let mut pipeline = pipeline(folder.path(), plugin, json!({ "code": code }));
            let error = embed(&mut pipeline).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_script_of_endless_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let long = " ".repeat((MAX_BYTES + 1) as usize);
        fs::write(folder.path().join("clean.js"), long).unwrap();
        let config = json!({ "code": "clean.js" });
        let error = embed(&mut pipeline(folder.path(), "javascript", config)).unwrap_err();
        assert!(error.to_string().contains("more than 1 MiB"), "{error}");
    }
}
