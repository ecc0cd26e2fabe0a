//! A pipeline that was checked, from a file or from a program.

use std::io;
use std::path::{Path, PathBuf};

use bubbles_pipeline::{Pipeline, PipelineError, Source};

use crate::{JobReport, Options, Prepared, RunError};

/// What a folder's pipeline file is called.
const FILE_NAME: &str = "pipeline.toml";

/// A pipeline file is read whole; no pipeline of people comes near this.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// A pipeline whose names, edges and settings are right. What its plugins
/// think of it turns out when it is prepared.
#[derive(Clone, Debug)]
pub struct Definition {
    pipeline: Pipeline,
}

/// Why a pipeline file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the pipeline file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has no pipeline file.
    #[error("the folder {} holds no {FILE_NAME}", .0.display())]
    NoFile(PathBuf),
    /// It is no text.
    #[error("the pipeline file {} is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// Nobody writes pipelines of this size.
    #[error("the pipeline file {} has more than {} MiB", .0.display(), MAX_FILE_BYTES >> 20)]
    TooLong(PathBuf),
    /// What it says is wrong.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl Definition {
    pub(crate) fn from_file(path: PathBuf) -> Result<Self, FileError> {
        let path = if path.is_dir() {
            let file = path.join(FILE_NAME);
            if !file.exists() {
                return Err(FileError::NoFile(path));
            }
            file
        } else {
            path
        };
        let source = read(&path)?;
        Ok(Self::from(Pipeline::parse(&source)?))
    }

    /// Its tasks, names and edges.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Finds, builds, loads and checks all plugins. Nothing runs yet.
    ///
    /// # Errors
    /// If a plugin is missing, does not build or does not fit the pipeline.
    pub fn prepare(self, options: &Options) -> Result<Prepared, RunError> {
        Prepared::new(self.pipeline, options)
    }

    /// Runs it here, with a slot per core, to its end.
    ///
    /// # Errors
    /// If it cannot be prepared, fails or is cancelled. No output is visible then.
    pub fn run(self) -> Result<JobReport, RunError> {
        self.run_with(&Options::default())
    }

    /// Runs it as the options say, here or on a cluster, to its end.
    ///
    /// # Errors
    /// If it cannot be prepared, fails or is cancelled. No output is visible then.
    pub fn run_with(self, options: &Options) -> Result<JobReport, RunError> {
        self.prepare(options)?.start()?.wait()
    }
}

impl From<Pipeline> for Definition {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline }
    }
}

fn read(path: &Path) -> Result<Source, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLong(path.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| FileError::NotText(path.to_owned()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let base = folder.canonicalize().map_err(failed)?;
    Ok(Source {
        name: path.display().to_string(),
        text,
        base,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Definition::from_file(folder.path().to_owned()).unwrap_err();
        assert!(matches!(error, FileError::NoFile(_)), "{error}");
        let error = Definition::from_file(folder.path().join("x.toml")).unwrap_err();
        assert!(
            error.to_string().contains("x.toml cannot be read"),
            "{error}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pipeline.toml");
        std::fs::write(&file, b"name = \"\xff\"").unwrap();
        let error = Definition::from_file(file).unwrap_err();
        assert!(matches!(error, FileError::NotText(_)), "{error}");
    }
}
