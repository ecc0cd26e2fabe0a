//! The loop that drives jobs: it takes events, says commands, gives orders.
//!
//! One thread, one list of events. What may run, what a failure means and when a
//! job is decided follow from the log's state and the job's own record; the loop
//! only carries it out. Commands are said in batches: what many attempts report
//! at once is agreed on at once.

mod course;
mod failure;
mod hands;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bubbles_cluster::{Answer, Command, JobId, JobSpec, Outcome, Refusal};
use bubbles_pipeline::NodeId;

use crate::agreement::{Agreement, Deposed};
use crate::attempt::Fault;
use crate::job::Board;
use crate::order::{AttemptKey, Done, FromWorker, OrderId};
use course::Course;
use hands::{Busy, Hands};
pub(crate) use hands::{Hand, Member};

/// How often the boards are brought up to date, and what waits is looked at.
const BOARD_EVERY: Duration = Duration::from_millis(100);

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
    Joined(NodeId, Member),
    /// A worker says something.
    Worker(NodeId, FromWorker),
    /// No more jobs: those that run are cancelled, then the loop ends.
    Shutdown,
}

/// A job, ready to run.
pub(crate) struct Submission {
    pub(crate) job: JobId,
    pub(crate) spec: JobSpec,
    pub(crate) board: Arc<Board>,
}

/// Whoever drives the jobs now.
pub(crate) struct Leader {
    log: Agreement,
    hands: Hands,
    jobs: BTreeMap<JobId, Course>,
    closing: bool,
}

/// An attempt that has ended, as its worker tells it.
struct Ended {
    id: OrderId,
    node: NodeId,
    key: AttemptKey,
    result: Result<Outcome, Fault>,
}

impl Leader {
    pub(crate) fn new(log: Agreement) -> Self {
        Self {
            hands: Hands::new(log.epoch()),
            log,
            jobs: BTreeMap::new(),
            closing: false,
        }
    }

    /// Runs until it is told to shut down and every job has ended, or until another leads.
    pub(crate) fn run(mut self, events: &Receiver<Event>) {
        let mut boards_due = Instant::now();
        while !(self.closing && self.jobs.is_empty()) {
            let wait = if self.jobs.is_empty() {
                Duration::MAX
            } else {
                boards_due.saturating_duration_since(Instant::now())
            };
            let first = match events.recv_timeout(wait) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let batch = first.into_iter().chain(events.try_iter()).take(BATCH);
            let ran = self
                .take(batch)
                .and_then(|()| self.give_work())
                .and_then(|()| self.end_finished());
            if ran == Err(Deposed) {
                return;
            }
            if Instant::now() >= boards_due {
                self.show_boards();
                boards_due = Instant::now() + BOARD_EVERY;
            }
        }
    }

    fn take(&mut self, events: impl Iterator<Item = Event>) -> Result<(), Deposed> {
        let mut ended = Vec::new();
        for event in events {
            match event {
                Event::Worker(node, FromWorker::Done { id, done }) => match done {
                    Done::Attempted(key, result) => ended.push(Ended {
                        id,
                        node,
                        key,
                        result,
                    }),
                    done => self.answered(id, done)?,
                },
                Event::Worker(node, FromWorker::Progress(progress)) => {
                    self.hands.show(node, progress);
                }
                Event::Submit(submission) => self.submit(*submission)?,
                Event::Cancel(job) => {
                    if let Some(course) = self.jobs.get_mut(&job) {
                        course.cancel(&mut self.hands);
                        course.settle(&mut self.log)?;
                    }
                }
                Event::Joined(node, member) => self.hands.join(node, member),
                Event::Shutdown => {
                    self.closing = true;
                    for course in self.jobs.values_mut() {
                        course.cancel(&mut self.hands);
                        course.settle(&mut self.log)?;
                    }
                }
            }
        }
        self.record(ended)
    }

    fn submit(&mut self, submission: Submission) -> Result<(), Deposed> {
        let Submission { job, spec, board } = submission;
        let course = Course::new(job.clone(), Arc::new(spec.clone()), board);
        let begun = self.log.say(Command::Submit {
            job: job.clone(),
            spec: Box::new(spec),
        })?;
        debug_assert_eq!(begun, Ok(Answer::Accepted));
        self.jobs.insert(job.clone(), course);
        let course = self.jobs.get_mut(&job).expect("inserted above");
        self.log
            .read(|state| course.look_anew(state.job(&job).expect("submitted above")));
        if self.closing {
            course.cancel(&mut self.hands);
        }
        course.settle(&mut self.log)
    }

    /// An order that is no attempt has been carried out.
    fn answered(&mut self, id: OrderId, done: Done) -> Result<(), Deposed> {
        // An order of a leader before this one has no ticket any more.
        let Some(Busy { job, ticket, .. }) = self.hands.done(id) else {
            return Ok(());
        };
        let Some(course) = self.jobs.get_mut(&job) else {
            return Ok(());
        };
        course.answered(&mut self.log, &mut self.hands, ticket, done)?;
        course.settle(&mut self.log)
    }

    /// Has it agreed how attempts ended, all at once.
    fn record(&mut self, ended: Vec<Ended>) -> Result<(), Deposed> {
        if ended.is_empty() {
            return Ok(());
        }
        let commands = ended
            .iter()
            .map(|ended| failure::recorded(&ended.key, &ended.result))
            .collect();
        let answers = self.log.propose(commands)?;
        let mut touched = BTreeSet::new();
        for (ended, answer) in ended.into_iter().zip(answers) {
            touched.insert(ended.key.job.clone());
            self.recorded(ended, answer);
        }
        for job in touched {
            if let Some(course) = self.jobs.get_mut(&job) {
                course.settle(&mut self.log)?;
            }
        }
        Ok(())
    }

    fn recorded(&mut self, ended: Ended, answer: Result<Answer, Refusal>) {
        let Ended {
            id,
            node,
            key,
            result,
        } = ended;
        self.hands.done(id);
        if result.is_ok() {
            self.hands.recorded(node, key.clone(), answer);
        }
        let (jobs, hands) = (&mut self.jobs, &mut self.hands);
        self.log.read(|state| {
            if let (Some(course), Some(agreed)) = (jobs.get_mut(&key.job), state.job(&key.job)) {
                course.attempted(agreed, hands, (node, &key), result, answer);
            }
        });
    }

    /// Gives free slots something to do, the jobs taking turns.
    fn give_work(&mut self) -> Result<(), Deposed> {
        for (job, course) in &mut self.jobs {
            course.give_errands(&self.log, &mut self.hands, job);
            course.settle(&mut self.log)?;
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

    fn show_boards(&mut self) {
        for (job, course) in &self.jobs {
            self.log.read(|state| {
                if let Some(agreed) = state.job(job) {
                    course.show(agreed, &self.hands);
                }
            });
        }
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
        }
        Ok(())
    }
}
