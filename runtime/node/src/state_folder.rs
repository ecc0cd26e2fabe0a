//! What jobs leave behind on purpose: a folder each, and bookmarks.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bubbles_engine::Level;

/// Folders of old jobs that one person's runs keep: enough to look into last night's failure,
/// few enough that nobody has to clean up.
const JOBS_KEPT: usize = 20;

/// The same of a node of a cluster: as many as the cluster tells of.
const CLUSTER_JOBS_KEPT: usize = 1_000;

/// Lines of guests that a job keeps, in bytes: the attempts have a limit each,
/// this bounds their sum.
const LOG_BYTES: u64 = 64 << 20;

/// The folder of the node's state.
#[derive(Clone, Debug)]
pub(crate) struct StateFolder {
    root: PathBuf,
    jobs_kept: usize,
}

impl StateFolder {
    /// Opens it, making it if need be.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join("jobs"))?;
        fs::create_dir_all(root.join("bookmarks"))?;
        Ok(Self {
            root: root.to_owned(),
            jobs_kept: JOBS_KEPT,
        })
    }

    /// The same for a node of a cluster, where many jobs run at once.
    pub(crate) fn of_cluster(root: &Path) -> io::Result<Self> {
        let folder = Self::open(root)?;
        let jobs_kept = CLUSTER_JOBS_KEPT;
        Ok(Self {
            jobs_kept,
            ..folder
        })
    }

    /// The folder of a job, if it has one.
    pub(crate) fn job(&self, id: &str) -> PathBuf {
        self.root.join("jobs").join(id)
    }

    /// Makes the folder of a new job, and removes those of the oldest.
    pub(crate) fn new_job(&self, id: &str) -> io::Result<PathBuf> {
        let folder = self.job(id);
        if !folder.exists() {
            self.forget_old_jobs()?;
            fs::create_dir_all(&folder)?;
        }
        Ok(folder)
    }

    fn forget_old_jobs(&self) -> io::Result<()> {
        let mut jobs: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(self.root.join("jobs"))? {
            let entry = entry?;
            // A folder that another process removes meanwhile needs no removing.
            let Ok(made) = entry.metadata().and_then(|data| data.modified()) else {
                continue;
            };
            jobs.push((made, entry.path()));
        }
        jobs.sort();
        let surplus = jobs.len().saturating_sub(self.jobs_kept - 1);
        for (_, folder) in jobs.into_iter().take(surplus) {
            if let Err(error) = fs::remove_dir_all(&folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Where the last committed job of this pipeline left off reading.
    pub(crate) fn bookmark(
        &self,
        pipeline: &PipelineKey,
        task: &str,
    ) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.bookmark_file(pipeline, task)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a bookmark, whole or not at all.
    pub(crate) fn keep_bookmark(
        &self,
        pipeline: &PipelineKey,
        task: &str,
        bookmark: &[u8],
    ) -> io::Result<()> {
        let file = self.bookmark_file(pipeline, task);
        let fresh = file.with_extension(format!("{}.new", std::process::id()));
        let mut handle = File::create(&fresh)?;
        handle.write_all(bookmark)?;
        handle.sync_all()?;
        fs::rename(fresh, file)
    }

    fn bookmark_file(&self, pipeline: &PipelineKey, task: &str) -> PathBuf {
        self.root
            .join("bookmarks")
            .join(format!("{}-{task}", pipeline.0))
    }
}

/// Tells pipelines apart: by name and by the folder they lie in.
#[derive(Clone, Debug)]
pub(crate) struct PipelineKey(String);

impl PipelineKey {
    pub(crate) fn new(base: &Path, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(base.as_os_str().as_encoded_bytes())
            .update(&[0])
            .update(name.as_bytes());
        Self(hasher.finalize().to_hex()[..16].to_owned())
    }

    /// A key that [`PipelineKey::text`] gave.
    pub(crate) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// The file of what a job's guests said.
pub(crate) struct GuestLog {
    path: PathBuf,
    state: Mutex<LogState>,
}

#[derive(Default)]
struct LogState {
    file: Option<File>,
    bytes: u64,
    broken: bool,
}

impl GuestLog {
    /// The log of the job whose folder this is. The file is made by its first line.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("log.txt"),
            state: Mutex::default(),
        }
    }

    /// Writes one line. `place` is the split and the attempt. Warnings and errors
    /// go to the runtime's own log as well.
    pub(crate) fn line(&self, task: &str, place: Option<(u32, u32)>, level: Level, message: &str) {
        let (split, attempt) = place.unwrap_or_default();
        match level {
            Level::Warn => tracing::warn!(target: "guest", task, split, attempt, "{message}"),
            Level::Error => tracing::error!(target: "guest", task, split, attempt, "{message}"),
            Level::Info => tracing::info!(target: "guest", task, split, attempt, "{message}"),
            Level::Debug => tracing::debug!(target: "guest", task, split, attempt, "{message}"),
        }
        let line = match place {
            Some(_) => format!("{level} {task} split {split} attempt {attempt}: {message}\n"),
            None => format!("{level} {task}: {message}\n"),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.broken || state.bytes + line.len() as u64 > LOG_BYTES {
            return;
        }
        if let Err(error) = state.append(&self.path, &line) {
            state.broken = true;
            tracing::warn!(path = %self.path.display(), %error, "the job's log is not written on");
        }
    }
}

impl LogState {
    fn append(&mut self, path: &Path, line: &str) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(File::create(path)?);
        }
        let file = self.file.as_mut().expect("made above");
        file.write_all(line.as_bytes())?;
        self.bytes += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bookmark_is_kept_for_its_pipeline_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let mine = PipelineKey::new(Path::new("/a"), "nightly");
        let other = PipelineKey::new(Path::new("/b"), "nightly");
        state.keep_bookmark(&mine, "in", b"17").unwrap();
        assert_eq!(
            state.bookmark(&mine, "in").unwrap().as_deref(),
            Some(&b"17"[..])
        );
        assert_eq!(state.bookmark(&other, "in").unwrap(), None);
    }

    #[test]
    fn only_the_newest_jobs_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        for number in 0..JOBS_KEPT + 5 {
            state.new_job(&format!("job-{number}")).unwrap();
        }
        assert_eq!(
            fs::read_dir(folder.path().join("jobs")).unwrap().count(),
            JOBS_KEPT
        );
    }
}
