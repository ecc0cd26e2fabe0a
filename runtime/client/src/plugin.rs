//! Finds the bytes of the plugins that a pipeline names by path, or by the name that a cluster knows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use bubbles_node::wire::PluginStatus;
use bubbles_pipeline::{Pipeline, PluginRef, TaskIndex};

use crate::build;
use crate::interpreter::{self, Interpreter};
use crate::{BuildError, Cluster, RunError, Talk};

/// The largest component that is read into memory. Interpreters bring theirs to tens of MiB.
const MAX_PLUGIN_BYTES: u64 = 512 << 20;

/// Why a plugin's file gives no bytes.
#[derive(Debug, thiserror::Error)]
pub enum PluginFileError {
    /// There is nothing at its path.
    #[error("there is no plugin at {}", .0.display())]
    Missing(PathBuf),
    /// An interpreter is in none of the folders where it could be.
    #[error("the interpreter `{name}` is not installed: {name}.wasm is not in {folders}")]
    NotInstalled {
        /// What pipelines call it.
        name: &'static str,
        /// Where it was looked for.
        folders: String,
    },
    /// It cannot be read.
    #[error("the plugin {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is far larger than plugins are.
    #[error("the plugin {} has more than {} MiB", .0.display(), MAX_PLUGIN_BYTES >> 20)]
    TooLong(PathBuf),
    /// It is a folder, and that cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl PluginFileError {
    /// What to do about it, where that is known.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::NotInstalled { .. } => Some(interpreter::HELP.to_owned()),
            Self::Build(error) => error.help(),
            _ => None,
        }
    }
}

/// For each task the bytes of its plugin, or nothing if it is built in. A plugin that several tasks
/// use is built and read, or asked for, once.
pub(crate) fn supply(
    pipeline: &Pipeline,
    cache: &Path,
    talk: Talk,
    cluster: Option<&Cluster>,
) -> Result<Vec<Option<Vec<u8>>>, RunError> {
    let mut known: HashMap<&PluginRef, Option<Vec<u8>>> = HashMap::new();
    let mut supplied = Vec::with_capacity(pipeline.tasks().len());
    for (index, task) in pipeline.tasks().iter().enumerate() {
        if let Entry::Vacant(entry) = known.entry(&task.plugin) {
            let index = TaskIndex(index);
            entry.insert(match (&task.plugin, cluster) {
                (PluginRef::Path(path), _) => {
                    let read = read(&below(pipeline.base(), path), cache, talk);
                    Some(read.map_err(|error| located(pipeline, index, error))?)
                }
                (PluginRef::Named { name, version }, Some(cluster)) => {
                    let version = version.as_deref();
                    deployed(pipeline, index, cluster, cache, (name, version))?
                }
                (PluginRef::Named { name, .. }, None) => installed(pipeline, index, name)?,
            });
        }
        supplied.push(known[&task.plugin].clone());
    }
    Ok(supplied)
}

/// The component of a plugin that goes by name on a cluster; nothing, if it is built in.
fn deployed(
    pipeline: &Pipeline,
    task: TaskIndex,
    cluster: &Cluster,
    cache: &Path,
    (name, version): (&str, Option<&str>),
) -> Result<Option<Vec<u8>>, RunError> {
    if bubbles_plugins::builtin(name).is_some() {
        return Ok(None);
    }
    if let Some(plugin) = cluster.find_plugin(name, version)? {
        return Ok(Some(cluster.fetch_plugin(&plugin, cache)?));
    }
    if version.is_none()
        && let Some(wasm) = installed(pipeline, task, name)?
    {
        return Ok(Some(wasm));
    }
    let all = cluster.plugins()?;
    let versions = all.iter().filter(|plugin| plugin.name == name);
    let versions: Vec<&str> = versions.map(|plugin| plugin.version.as_str()).collect();
    let (message, help) = match version {
        Some(version) if !versions.is_empty() => (
            format!("the plugin \"{name}\" has no version {version}"),
            format!("deployed are {}", versions.join(", ")),
        ),
        _ => (
            format!("the cluster has no plugin \"{name}\""),
            unknown_help(name, &all),
        ),
    };
    Err(pipeline.plugin_error(task, message, Some(help)).into())
}

/// The component of an interpreter, which lies beside the program; nothing, if the name is not one's.
fn installed(
    pipeline: &Pipeline,
    task: TaskIndex,
    name: &str,
) -> Result<Option<Vec<u8>>, RunError> {
    let Some(interpreter) = Interpreter::named(name) else {
        return Ok(None);
    };
    let wasm = interpreter_wasm(interpreter).map_err(|error| {
        let help = error.help();
        pipeline.plugin_error(task, error.to_string(), help)
    })?;
    Ok(Some(wasm))
}

/// The component of an interpreter.
pub(crate) fn interpreter_wasm(interpreter: &Interpreter) -> Result<Vec<u8>, PluginFileError> {
    let file = interpreter
        .find()
        .map_err(|folders| PluginFileError::NotInstalled {
            name: interpreter.name,
            folders: folders
                .iter()
                .map(|folder| folder.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
    read_wasm(file)
}

fn unknown_help(name: &str, all: &[PluginStatus]) -> String {
    let mut names: Vec<&str> = all.iter().map(|plugin| plugin.name.as_str()).collect();
    names.dedup();
    let deployed = match names.as_slice() {
        [] => "nothing is deployed yet".to_owned(),
        names => format!("deployed are {}", names.join(", ")),
    };
    format!(
        "{deployed}, built in are {}; put it there with: bubbles deploy {name}.wasm; or name the path \
         of a .wasm file or of a plugin's folder, as \"./{name}\"",
        bubbles_plugins::names().join(", ")
    )
}

/// `./late` below `/work` is `/work/late`.
fn below(base: &Path, path: &Path) -> PathBuf {
    base.join(path).components().collect()
}

/// The component at `path`: a `.wasm` file as it is, a folder or a source file once it is built.
pub(crate) fn read(path: &Path, cache: &Path, talk: Talk) -> Result<Vec<u8>, PluginFileError> {
    let file = if build::is_source(path) {
        build(path, cache, talk)?.wasm
    } else {
        path.to_owned()
    };
    read_wasm(file)
}

fn read_wasm(file: PathBuf) -> Result<Vec<u8>, PluginFileError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => PluginFileError::Missing(file.clone()),
        _ => PluginFileError::Read {
            path: file.clone(),
            source,
        },
    };
    if std::fs::metadata(&file).map_err(failed)?.len() > MAX_PLUGIN_BYTES {
        return Err(PluginFileError::TooLong(file));
    }
    std::fs::read(&file).map_err(failed)
}

/// A build's errors stand on their own; the others are about the line of the
/// pipeline that names the plugin.
fn located(pipeline: &Pipeline, task: TaskIndex, error: PluginFileError) -> RunError {
    match error {
        PluginFileError::Build(error) => RunError::Build(error),
        error => {
            let help = matches!(error, PluginFileError::Missing(_)).then(|| {
                format!(
                    "a plugin is the name of a built-in, or the path of a .wasm file, of a plugin's \
                     folder or of its source, starting at {}",
                    pipeline.base().display()
                )
            });
            RunError::Pipeline(pipeline.plugin_error(task, error.to_string(), help))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.wasm");
        std::fs::write(&file, b"\0asm").unwrap();
        assert_eq!(read(&file, folder.path(), Talk::Quiet).unwrap(), b"\0asm");
    }

    #[test]
    fn what_is_not_there_or_no_crate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read(&folder.path().join("p.wasm"), folder.path(), Talk::Quiet);
        assert!(
            matches!(missing, Err(PluginFileError::Missing(_))),
            "{missing:?}"
        );
        let empty = read(folder.path(), folder.path(), Talk::Quiet);
        let is_no_plugin = matches!(&empty, Err(PluginFileError::Build(BuildError::NoPlugin(_))));
        assert!(is_no_plugin, "{empty:?}");
    }
}
