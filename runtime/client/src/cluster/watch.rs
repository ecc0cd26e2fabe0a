//! A job on a cluster, watched from here.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bubbles_node::wire::{Ask, Denial, Tell};
use bubbles_node::{JobId, JobPhase, JobReport, Progress};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::Cluster;
use super::contact::{Contact, Leader, Miss};
use super::error::ClusterError;
use super::search::{Patience, Trouble};
use super::submit::Order;

/// A leader that is there tells of a job more often than this.
const SILENCE: Duration = Duration::from_secs(15);

/// Between a watch that broke and the next.
const REST: Duration = Duration::from_millis(100);

/// A job that is unknown when it was submitted is submitted again so often.
const RESUBMITTED: u32 = 3;

/// A job that runs on a cluster. Dropping it leaves the job to the cluster.
pub(crate) struct ClusterJob {
    id: JobId,
    board: Arc<Board>,
    /// The one who watches, and the one who cancels when asked to. Before the cluster, whose
    /// runtime they are on.
    _errands: JoinSet<()>,
    _cluster: Cluster,
}

/// What the watcher writes and the owner reads.
struct Board {
    state: Mutex<State>,
    ended: Condvar,
    cancel: Notify,
}

struct State {
    progress: Progress,
    /// The cluster has told of the job.
    seen: bool,
    cancelled: bool,
    /// Why nothing is known of it now.
    trouble: Option<String>,
    /// Why it is not cancelled.
    refused: Option<String>,
    end: End,
}

enum End {
    NotYet,
    Report(JobReport),
    Failed(ClusterError),
    /// The failure was handed over.
    Told,
}

/// How a watch ended.
enum Watched {
    Report(Box<JobReport>),
    /// It was good for a while.
    Broke,
    /// The leader knows of no such job.
    Unknown,
}

impl ClusterJob {
    /// Submits a job, and watches it.
    pub(crate) fn start(cluster: &Cluster, order: Order) -> Result<Self, ClusterError> {
        let contact = cluster.contact();
        let runtime = cluster.runtime();
        runtime.block_on(order.submit(contact, Patience::BEGIN))?;
        let id = order.job().clone();
        let board = Arc::new(Board::new());
        let mut errands = JoinSet::new();
        let watch = watch(Arc::clone(contact), order, Arc::clone(&board));
        errands.spawn_on(watch, runtime.handle());
        let cancel = cancel(Arc::clone(contact), id.clone(), Arc::clone(&board));
        errands.spawn_on(cancel, runtime.handle());
        Ok(Self {
            id,
            board,
            _errands: errands,
            _cluster: cluster.clone(),
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id.0
    }

    pub(crate) fn progress(&self) -> Progress {
        self.board.lock().progress.clone()
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        let state = self.board.lock();
        state.refused.clone().or_else(|| state.trouble.clone())
    }

    pub(crate) fn cancel(&self) {
        self.board.lock().cancelled = true;
        self.board.cancel.notify_one();
    }

    /// Waits for the end.
    pub(crate) fn wait(&self) -> Result<JobReport, ClusterError> {
        let state = self.board.lock();
        let waited = self.board.ended.wait_while(state, |state| state.lasts());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let end = state.take_end(&self.id);
        end.map(|report| report.expect("it was waited for"))
    }

    /// Waits for the end at most so long.
    pub(crate) fn wait_timeout(&self, limit: Duration) -> Result<Option<JobReport>, ClusterError> {
        let state = self.board.lock();
        let ended = &self.board.ended;
        let waited = ended.wait_timeout_while(state, limit, |state| state.lasts());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.take_end(&self.id)
    }
}

impl State {
    fn lasts(&self) -> bool {
        matches!(self.end, End::NotYet)
    }

    /// A report is handed over as often as is asked, a failure once.
    fn take_end(&mut self, job: &JobId) -> Result<Option<JobReport>, ClusterError> {
        match &self.end {
            End::NotYet => Ok(None),
            End::Report(report) => Ok(Some(report.clone())),
            End::Failed(_) | End::Told => match std::mem::replace(&mut self.end, End::Told) {
                End::Failed(error) => Err(error),
                _ => Err(ClusterError::Unwatched(job.to_string())),
            },
        }
    }
}

impl Board {
    fn new() -> Self {
        let progress = Progress {
            phase: JobPhase::Planning,
            stages: Vec::new(),
            waiting: None,
        };
        Self {
            state: Mutex::new(State {
                progress,
                seen: false,
                cancelled: false,
                trouble: None,
                refused: None,
                end: End::NotYet,
            }),
            ended: Condvar::new(),
            cancel: Notify::new(),
        }
    }

    fn show(&self, progress: Progress) {
        let mut state = self.lock();
        state.progress = progress;
        state.seen = true;
        state.trouble = None;
    }

    fn tell(&self, trouble: Option<&Trouble>) {
        self.lock().trouble = trouble.map(|it| format!("{it}: trying again; the job goes on"));
    }

    fn end(&self, end: Result<JobReport, ClusterError>) {
        let mut state = self.lock();
        state.trouble = None;
        state.end = match end {
            Ok(report) => {
                state.progress.phase = JobPhase::Done;
                End::Report(report)
            }
            Err(error) => End::Failed(error),
        };
        self.ended.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the job to its end, whichever node leads.
async fn watch(contact: Arc<Contact>, order: Order, board: Arc<Board>) {
    let end = watched(&contact, order, &board).await;
    board.end(end);
}

async fn watched(
    contact: &Contact,
    order: Order,
    board: &Board,
) -> Result<JobReport, ClusterError> {
    let job = order.job().clone();
    // Let go of with the plugins in it, once the cluster is known to have the job.
    let mut order = Some(order);
    let mut submitted = 1;
    if let Ok(Tell::Nodes(nodes)) = contact.ask(&Ask::Nodes, Patience::QUESTION).await {
        contact.learn(nodes.into_iter().map(|node| node.address));
    }
    loop {
        let told = |trouble: Option<&Trouble>| board.tell(trouble);
        let watch = |leader: Leader| {
            let job = &job;
            async move { watch_once(contact, &leader, job, board).await }
        };
        let watched = contact.with_leader(Patience::WATCH, &told, watch).await?;
        let (seen, cancelled) = {
            let state = board.lock();
            (state.seen, state.cancelled)
        };
        if seen {
            order = None;
        }
        match (watched, &order) {
            (Watched::Report(report), _) => return Ok(*report),
            (Watched::Broke, _) => {}
            (Watched::Unknown, Some(order)) if !cancelled && submitted <= RESUBMITTED => {
                tracing::warn!(%job, "the cluster does not know the job: it is submitted again");
                submitted += 1;
                order.submit(contact, Patience::WATCH).await?;
            }
            // What was seen and is no more has ended: once more would be twice.
            (Watched::Unknown, _) => return Err(ClusterError::Forgotten(job.to_string())),
        }
        tokio::time::sleep(REST).await;
    }
}

/// Watches as long as the leader tells of the job.
async fn watch_once(
    contact: &Contact,
    leader: &Leader,
    job: &JobId,
    board: &Board,
) -> Result<Watched, Miss> {
    let lost = |error: &dyn std::fmt::Display| Miss::Lost(format!("{}: {error}", leader.address));
    let opened = tokio::time::timeout(SILENCE, leader.connection.open()).await;
    let opened = opened.map_err(|_| lost(&"too much is asked at once"))?;
    let mut stream = opened.map_err(|error| lost(&error))?;
    let sent = stream.send(&Ask::Watch(job.clone())).await;
    sent.map_err(|error| leader.not_sent(error))?;
    stream.sending.finish().map_err(|error| lost(&error))?;
    let mut heard = false;
    loop {
        let told = match stream.receive::<Tell>(SILENCE).await {
            Ok(told) => told,
            Err(error) if heard => {
                tracing::debug!(%job, %error, "the watch broke");
                return Ok(Watched::Broke);
            }
            Err(error) => return Err(leader.not_received(error)),
        };
        match told {
            Tell::Progress(progress) => {
                heard = true;
                board.show(progress);
            }
            Tell::Report(report) => return Ok(Watched::Report(report)),
            Tell::No(Denial::NotFound { .. }) => return Ok(Watched::Unknown),
            Tell::No(Denial::NotLeader { address }) if heard => {
                if let Some(address) = address {
                    contact.prefer(&address);
                }
                return Ok(Watched::Broke);
            }
            Tell::No(Denial::NoQuorum | Denial::Failed { .. }) if heard => {
                return Ok(Watched::Broke);
            }
            Tell::No(denial) => return Err(Miss::Denied(denial)),
            _ => {
                return Err(Miss::Broken(ClusterError::Garbled {
                    asked: "how far a job is",
                }));
            }
        }
    }
}

/// Waits to be told, then has the job cancelled.
async fn cancel(contact: Arc<Contact>, job: JobId, board: Arc<Board>) {
    board.cancel.notified().await;
    match contact.ask(&Ask::Cancel(job), Patience::WATCH).await {
        // The watch tells how it ended.
        Ok(_) | Err(ClusterError::Denied(Denial::NotFound { .. })) => {}
        Err(error) => {
            board.lock().refused = Some(format!("the job is not cancelled: {error}"));
        }
    }
}
