//! A job: what its attempts share, and the handle by which it is watched.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use bubbles_cluster::{JobId, JobSpec};
use bubbles_engine::{self as engine, Engine, Plugin};
use bubbles_pipeline::{Plan, TaskIndex};

use crate::leader::Event;
use crate::rejects::RejectQuota;
use crate::state_folder::GuestLog;
use crate::store::ChunkStore;
use crate::{JobPhase, JobReport, Progress};

/// What all attempts of a job are made with.
pub(crate) struct JobContext {
    pub(crate) id: JobId,
    pub(crate) spec: Arc<JobSpec>,
    /// One for each task of the pipeline.
    pub(crate) tasks: Vec<TaskSetup>,
    pub(crate) engine: Engine,
    pub(crate) store: ChunkStore,
    /// The job's own folder.
    pub(crate) folder: PathBuf,
    pub(crate) guest_log: GuestLog,
    pub(crate) reject_quota: RejectQuota,
}

/// How a task's instances are made.
pub(crate) struct TaskSetup {
    pub(crate) plugin: Plugin,
    /// Its configuration, as the plugin is given it.
    pub(crate) config: Arc<str>,
    pub(crate) grants: engine::Grants,
    pub(crate) limits: engine::Limits,
}

impl JobContext {
    pub(crate) fn task_name(&self, task: TaskIndex) -> String {
        self.spec.pipeline.task(task).name.to_string()
    }

    /// How the job is run.
    pub(crate) fn plan(&self) -> &Plan {
        &self.spec.plan
    }

    /// The file that its rejects end in.
    pub(crate) fn rejects_file(&self) -> PathBuf {
        self.folder.join("rejects.jsonl")
    }
}

/// What a job's owner and the leader both see.
pub(crate) struct Board {
    /// The job's folder on the leader's node.
    folder: PathBuf,
    state: Mutex<BoardState>,
    ended: Condvar,
}

struct BoardState {
    progress: Progress,
    report: Option<JobReport>,
}

impl Board {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let progress = Progress {
            phase: JobPhase::Planning,
            stages: Vec::new(),
            waiting: None,
        };
        Self {
            folder,
            state: Mutex::new(BoardState {
                progress,
                report: None,
            }),
            ended: Condvar::new(),
        }
    }

    /// A file of the job's folder, if it is expected and there.
    pub(crate) fn file(&self, name: &str, expected: bool) -> Option<PathBuf> {
        let path = self.folder.join(name);
        (expected && path.exists()).then_some(path)
    }

    pub(crate) fn show(&self, progress: Progress) {
        self.lock().progress = progress;
    }

    /// How far the job is, at most a tenth of a second old.
    pub(crate) fn progress(&self) -> Progress {
        self.lock().progress.clone()
    }

    pub(crate) fn end(&self, report: JobReport) {
        let mut state = self.lock();
        state.progress.phase = JobPhase::Done;
        state.report = Some(report);
        self.ended.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BoardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that runs. Dropping the handle cancels it.
#[must_use = "dropping the handle cancels the job"]
pub struct Job {
    id: JobId,
    board: Arc<Board>,
    leader: Sender<Event>,
}

impl Job {
    pub(crate) fn new(id: JobId, board: Arc<Board>, leader: Sender<Event>) -> Self {
        Self { id, board, leader }
    }

    /// Its id: the name of its folder, too.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id.0
    }

    /// How far it is, at most a tenth of a second old.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.board.progress()
    }

    /// Stops it: nothing that it prepared becomes visible. A job that is already
    /// decided is not stopped.
    pub fn cancel(&self) {
        // A leader that is gone has ended its jobs.
        self.leader.send(Event::Cancel(self.id.clone())).ok();
    }

    /// Waits until it ends.
    #[must_use]
    pub fn wait(&self) -> JobReport {
        let mut state = self.board.lock();
        loop {
            if let Some(report) = &state.report {
                return report.clone();
            }
            state = self
                .board
                .ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until it ends, at most so long.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<JobReport> {
        let state = self.board.lock();
        let (state, _) = self
            .board
            .ended
            .wait_timeout_while(state, timeout, |state| state.report.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.report.clone()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
    }
}
