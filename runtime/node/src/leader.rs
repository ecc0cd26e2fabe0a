//! The loop that drives jobs: it takes events, says commands, gives orders.
//!
//! One thread, one list of events. What may run, what a failure means and when a
//! job is decided follow from the log's state and the job's own record; the loop
//! only carries it out. Commands are said in batches: what many attempts report
//! at once is agreed on at once.
//!
//! A leader that begins finds what others left in the log, and carries on from there.

mod clock;
mod course;
mod failure;
mod hands;
mod reports;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use bubbles_cluster::{Answer, Attempt, Command, JobId, JobSpec, Outcome, Refusal, State, Work};
use bubbles_pipeline::NodeId;
use tokio::sync::oneshot;

use crate::agreement::{Agreement, Deposed};
use crate::attempt::{Fault, Verdict};
use crate::job::Board;
use crate::metrics;
use crate::order::{AttemptKey, Done, FromWorker, OrderId, Ready};
#[cfg(test)]
pub(crate) use clock::simulated;
use course::Course;
use hands::{Busy, Hands};
pub(crate) use hands::{Hand, Member};
pub(crate) use window::Window;

/// How often the boards are brought up to date, and what waits is looked at.
const BOARD_EVERY: Duration = Duration::from_millis(100);

/// How often an idle leader of a cluster looks for nodes that have died.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Events that are taken at once, and so commands that are agreed on at once. Bounds a record of
/// the log to some hundred kilobytes.
const BATCH: usize = 1_000;

/// All that happens to the leader.
pub(crate) enum Event {
    /// A job begins.
    Submit(Box<Submission>),
    /// A job is to stop.
    Cancel(JobId),
    /// A node is there, and does as it is told.
    Joined(NodeId, Member, Box<Ready>),
    /// This connection of a node has ended.
    Parted(NodeId, u64),
    /// A worker says something, on this connection.
    Worker(NodeId, u64, FromWorker),
    /// No more jobs: those that run are cancelled, then the loop ends.
    Shutdown,
    /// Another is to lead, or this process ends: the loop ends at once, the jobs go on elsewhere.
    StepDown,
}

/// A job, ready to run.
pub(crate) struct Submission {
    pub(crate) job: JobId,
    pub(crate) spec: JobSpec,
    /// Who waits for its end in this process, if somebody does.
    pub(crate) board: Option<Arc<Board>>,
    /// Told when the job is agreed on.
    pub(crate) agreed: Option<oneshot::Sender<Result<(), Refusal>>>,
}

/// Whoever drives the jobs now.
pub(crate) struct Leader {
    log: Agreement,
    hands: Hands,
    jobs: BTreeMap<JobId, Course>,
    window: Arc<Window>,
    closing: bool,
}

/// An attempt that has ended, as its worker tells it.
struct Ended {
    id: OrderId,
    node: NodeId,
    key: AttemptKey,
    result: Result<Outcome, Fault>,
}

impl Ended {
    /// Whether the attempt is agreed to run.
    fn is_expected(&self, state: &State) -> bool {
        let key = &self.key;
        let split = state.job(&key.job).and_then(|job| job.split(key.work));
        let is_this = |it: &Attempt| it.number == key.attempt && it.epoch == key.epoch;
        split.is_some_and(|split| split.running.iter().any(is_this))
    }
}

impl Leader {
    /// A leader that carries on from what is agreed. `next` is above the number of any order
    /// that was given in this epoch.
    pub(crate) fn new(log: Agreement, next: u64, window: Arc<Window>) -> Self {
        let mut leader = Self {
            hands: Hands::new(log.epoch(), next),
            log,
            jobs: BTreeMap::new(),
            window,
            closing: false,
        };
        leader.carry_on();
        leader
    }

    /// Above the number of any order that was given.
    pub(crate) fn next_order(&self) -> u64 {
        self.hands.next()
    }

    /// Takes up every job that is not over.
    fn carry_on(&mut self) {
        let (jobs, nodes) = self.log.read(|state| {
            let open = state.jobs().iter().filter(|(_, job)| job.report.is_none());
            let jobs: Vec<JobId> = open.map(|(id, _)| id.clone()).collect();
            let mut nodes: BTreeSet<NodeId> = state.registry().nodes().keys().copied().collect();
            for job in &jobs {
                let agreed = state.job(job).expect("listed above");
                nodes.extend(agreed.running().map(|(_, attempt)| attempt.node));
                nodes.extend(agreed.completed().map(|(_, done)| done.node));
            }
            (jobs, nodes)
        });
        for node in nodes {
            self.hands.expect(node);
        }
        for job in jobs {
            let Some(board) = self.board(&job) else {
                continue;
            };
            self.window.hang(job.clone(), Arc::clone(&board));
            let course = self.log.read(|state| {
                let agreed = state.job(&job).expect("listed above");
                Course::resume(job.clone(), agreed, board)
            });
            self.jobs.insert(job, course);
        }
    }

    fn board(&self, job: &JobId) -> Option<Arc<Board>> {
        match self.log.job_folder(job) {
            Ok(folder) => Some(Arc::new(Board::new(folder))),
            Err(error) => {
                tracing::error!(%job, %error, "the job has no folder on this node, and waits");
                None
            }
        }
    }

    /// Runs until it is told to shut down and every job has ended, or until another leads.
    pub(crate) fn run(&mut self, events: &Receiver<Event>) {
        let mut boards_due = clock::now();
        while !(self.closing && self.jobs.is_empty()) {
            let until_boards = boards_due.saturating_duration_since(clock::now());
            let wait = match (self.jobs.is_empty(), self.log.is_shared()) {
                (false, _) => until_boards,
                (true, true) => LOOK_EVERY,
                (true, false) => Duration::MAX,
            };
            let first = match events.recv_timeout(wait) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let batch: Vec<Event> = first
                .into_iter()
                .chain(events.try_iter())
                .take(BATCH)
                .collect();
            if batch.iter().any(|event| matches!(event, Event::StepDown)) {
                return;
            }
            if self.turn(batch) == Err(Deposed) {
                return;
            }
            if clock::now() >= boards_due {
                self.show_boards();
                boards_due = clock::now() + BOARD_EVERY;
            }
        }
    }

    /// Takes what has happened, and does all that follows from it. Waits for nothing but the log.
    pub(crate) fn turn(&mut self, events: Vec<Event>) -> Result<(), Deposed> {
        self.take(events)?;
        self.give_up_overdue()?;
        self.settle_all()?;
        self.give_work()?;
        self.end_finished()
    }

    fn take(&mut self, events: Vec<Event>) -> Result<(), Deposed> {
        let mut ended = Vec::new();
        for event in events {
            match event {
                Event::Worker(node, connection, said) => {
                    let newest = self.hands.hear(node, connection);
                    match said {
                        FromWorker::Done { id, done } => {
                            self.done(node, id, done, &mut ended)?;
                        }
                        FromWorker::Progress(progress) if newest => {
                            self.hands.show(node, progress);
                        }
                        FromWorker::Draining if newest => self.hands.drain(node),
                        FromWorker::Bye if newest => {
                            self.record(std::mem::take(&mut ended))?;
                            self.give_up(node)?;
                        }
                        _ => {}
                    }
                }
                Event::Submit(submission) => self.submit(*submission)?,
                Event::Cancel(job) => {
                    if let Some(course) = self.jobs.get_mut(&job) {
                        course.cancel(&mut self.hands);
                    }
                }
                Event::Joined(node, member, ready) => {
                    self.record(std::mem::take(&mut ended))?;
                    self.joined(node, member, *ready)?;
                }
                Event::Parted(node, connection) => self.hands.part(node, connection),
                Event::Shutdown => {
                    self.closing = true;
                    for course in self.jobs.values_mut() {
                        course.cancel(&mut self.hands);
                    }
                }
                Event::StepDown => {}
            }
        }
        self.record(ended)
    }

    /// An order has been carried out: attempts are recorded together, the rest is taken at once.
    fn done(
        &mut self,
        node: NodeId,
        id: OrderId,
        done: Done,
        ended: &mut Vec<Ended>,
    ) -> Result<(), Deposed> {
        match done.fault() {
            None => self.hands.mended(node),
            Some(fault) if fault.verdict == Verdict::Node => {
                self.hands.set_aside(node, &fault.message);
            }
            Some(_) => {}
        }
        if let Done::Attempted(key, result) = done {
            ended.push(Ended {
                id,
                node,
                key,
                result,
            });
            return Ok(());
        }
        self.hands.heard(node, id);
        // An order of a leader before this one, that nobody waits for any more.
        let Some(Busy { job, ticket, .. }) = self.hands.done(id) else {
            return Ok(());
        };
        let Some(course) = self.jobs.get_mut(&job) else {
            return Ok(());
        };
        course.answered(&mut self.log, &mut self.hands, ticket, done)
    }

    fn submit(&mut self, submission: Submission) -> Result<(), Deposed> {
        let Submission {
            job,
            spec,
            board,
            agreed,
        } = submission;
        let is_new = self.log.read(|state| state.job(&job).is_none());
        let begun = match is_new {
            true => self.log.say(Command::Submit {
                job: job.clone(),
                spec: Box::new(spec),
            })?,
            false => Ok(Answer::Accepted),
        };
        if is_new && begun.is_ok() {
            self.begin(job, board);
        }
        if let Some(agreed) = agreed {
            // Who asked may have gone; the job goes on.
            agreed.send(begun.map(drop)).ok();
        }
        Ok(())
    }

    fn begin(&mut self, job: JobId, board: Option<Arc<Board>>) {
        let Some(board) = board.or_else(|| self.board(&job)) else {
            return;
        };
        self.window.hang(job.clone(), Arc::clone(&board));
        let mut course = self.log.read(|state| {
            let agreed = state.job(&job).expect("submitted before");
            Course::resume(job.clone(), agreed, board)
        });
        if self.closing {
            course.cancel(&mut self.hands);
        }
        self.jobs.insert(job, course);
    }

    fn settle_all(&mut self) -> Result<(), Deposed> {
        for course in self.jobs.values_mut() {
            course.settle(&mut self.log)?;
        }
        Ok(())
    }

    /// Has it agreed how attempts ended, all at once.
    fn record(&mut self, ended: Vec<Ended>) -> Result<(), Deposed> {
        if ended.is_empty() {
            return Ok(());
        }
        let expected: Vec<bool> = self
            .log
            .read(|state| ended.iter().map(|ended| ended.is_expected(state)).collect());
        let commands = ended
            .iter()
            .map(|ended| failure::recorded(&ended.key, &ended.result))
            .collect();
        let answers = self.log.propose(commands)?;
        let mut lost: BTreeMap<JobId, Vec<Work>> = BTreeMap::new();
        for ((ended, answer), expected) in ended.into_iter().zip(answers).zip(expected) {
            if let Some(work) = failure::lost_input(&ended.key, &ended.result)
                && expected
            {
                lost.entry(ended.key.job.clone()).or_default().push(work);
            }
            self.recorded(ended, answer, expected);
        }
        self.lose_output(lost)
    }

    /// What is told again, and what comes too late, changes nothing.
    fn recorded(&mut self, ended: Ended, answer: Result<Answer, Refusal>, expected: bool) {
        let Ended {
            id,
            node,
            key,
            result,
        } = ended;
        self.hands.done(id);
        match answer {
            Ok(Answer::Superseded) => metrics::report_fenced(),
            Ok(Answer::Accepted | Answer::Restored) if expected && result.is_ok() => {
                metrics::splits_completed(1);
            }
            _ => {}
        }
        match &result {
            Ok(_) => self.hands.recorded(node, id, key.clone(), answer),
            Err(_) => self.hands.heard(node, id),
        }
        let Some(course) = self.jobs.get_mut(&key.job) else {
            return;
        };
        if !expected {
            return course.attempted_late(&key);
        }
        let hands = &mut self.hands;
        self.log.read(|state| {
            if let Some(agreed) = state.job(&key.job) {
                course.attempted(agreed, hands, (node, &key), result, answer);
            }
        });
    }

    /// Gives free slots something to do, the jobs taking turns.
    fn give_work(&mut self) -> Result<(), Deposed> {
        for (job, course) in &mut self.jobs {
            course.give_errands(&self.log, &mut self.hands, job);
        }
        loop {
            let mut picks = Vec::new();
            let share = self.hands.free_slots().div_ceil(self.jobs.len().max(1));
            for (job, course) in &mut self.jobs {
                let hands = &mut self.hands;
                let picked = self.log.read(|state| match state.job(job) {
                    Some(agreed) => course.pick(agreed, hands, share),
                    None => Vec::new(),
                });
                picks.extend(picked);
            }
            if picks.is_empty() {
                return Ok(());
            }
            let epoch = self.hands.epoch();
            let commands = picks.iter().map(|pick| pick.command(epoch)).collect();
            let answers = self.log.propose(commands)?;
            for (pick, answer) in picks.into_iter().zip(answers) {
                let course = self.jobs.get_mut(&pick.job).expect("it picked");
                let hands = &mut self.hands;
                self.log.read(|state| {
                    let agreed = state.job(&pick.job).expect("a job is agreed while it runs");
                    course.assigned(agreed, hands, &pick, answer);
                });
            }
        }
    }

    /// Shows how far the jobs are, and how the nodes.
    pub(crate) fn show_boards(&self) {
        for (job, course) in &self.jobs {
            self.log.read(|state| {
                if let Some(agreed) = state.job(job) {
                    course.show(agreed, &self.hands);
                }
            });
        }
        self.window.show_nodes(self.hands.presence());
    }

    fn end_finished(&mut self) -> Result<(), Deposed> {
        let over: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, course)| course.is_over())
            .map(|(job, _)| job.clone())
            .collect();
        for job in over {
            let course = self.jobs.remove(&job).expect("listed above");
            course.end(&mut self.log, &mut self.hands)?;
            self.window.take_down(&job);
        }
        Ok(())
    }
}
