//! The loop that drives jobs: it takes events, says commands, gives orders.
//!
//! One thread, one list of events. What may run, what a failure means and when a
//! job is decided follow from the log's state and the job's own record; the loop
//! only carries it out.

mod course;
mod failure;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use bubbles_cluster::{Command, JobId, Log};

use crate::job::{Board, JobContext};
use crate::slots::{Done, Slots};
use crate::state_folder::{PipelineKey, StateFolder};
use course::{Course, Ticket};

/// How often the boards are brought up to date.
const BOARD_EVERY: Duration = Duration::from_millis(100);

/// All that happens to the leader.
pub(crate) enum Event {
    /// A job begins.
    Submit(Box<Submission>),
    /// A job is to stop.
    Cancel(JobId),
    /// A slot is free again.
    Slot { slot: usize, done: Done },
    /// No more jobs: those that run are cancelled, then the loop ends.
    Shutdown,
}

/// A job, ready to run.
pub(crate) struct Submission {
    pub(crate) context: Arc<JobContext>,
    pub(crate) board: Arc<Board>,
    pub(crate) key: PipelineKey,
}

/// The leader of a cluster of one.
pub(crate) struct Leader {
    log: Log,
    slots: Slots,
    /// What each busy slot does, and for which job.
    busy: BTreeMap<usize, (JobId, Ticket)>,
    jobs: BTreeMap<JobId, Course>,
    state: StateFolder,
    closing: bool,
}

impl Leader {
    /// Starts the slots.
    pub(crate) fn new(
        slots: usize,
        events: &Sender<Event>,
        state: StateFolder,
    ) -> std::io::Result<Self> {
        Ok(Self {
            log: Log::new(),
            slots: Slots::start(slots, events)?,
            busy: BTreeMap::new(),
            jobs: BTreeMap::new(),
            state,
            closing: false,
        })
    }

    /// Runs until it is told to shut down and every job has ended.
    pub(crate) fn run(mut self, events: &Receiver<Event>) {
        let mut boards_due = Instant::now();
        loop {
            if self.closing && self.jobs.is_empty() {
                return;
            }
            let wait = boards_due.saturating_duration_since(Instant::now());
            match events.recv_timeout(if self.jobs.is_empty() {
                Duration::MAX
            } else {
                wait
            }) {
                Ok(event) => self.take(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.fill_slots();
            if Instant::now() >= boards_due {
                self.jobs.values().for_each(|course| course.show(&self.log));
                boards_due = Instant::now() + BOARD_EVERY;
            }
            self.end_finished();
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Submit(submission) => self.submit(*submission),
            Event::Cancel(job) => {
                if let Some(course) = self.jobs.get_mut(&job) {
                    course.cancel(&mut self.log);
                }
            }
            Event::Slot { slot, done } => {
                let (job, ticket) = self.busy.remove(&slot).expect("only busy slots report");
                let course = self.jobs.get_mut(&job).expect("a job outlives its orders");
                course.done(&mut self.log, ticket, done);
            }
            Event::Shutdown => {
                self.closing = true;
                for course in self.jobs.values_mut() {
                    course.cancel(&mut self.log);
                }
            }
        }
    }

    fn submit(&mut self, submission: Submission) {
        let job = submission.context.id.clone();
        let plan = Box::new(submission.context.plan.clone());
        self.log
            .propose(Command::Submit {
                job: job.clone(),
                plan,
            })
            .expect("a job may always be submitted");
        let mut course = Course::new(submission, self.state.clone());
        if self.closing {
            course.cancel(&mut self.log);
        }
        self.jobs.insert(job, course);
    }

    /// Gives every free slot something to do, the jobs taking turns.
    fn fill_slots(&mut self) {
        let free: Vec<usize> = (0..self.slots.count())
            .filter(|slot| !self.busy.contains_key(slot))
            .collect();
        let mut free = free.into_iter().peekable();
        let mut gave = true;
        while gave && free.peek().is_some() {
            gave = false;
            for (job, course) in &mut self.jobs {
                if free.peek().is_none() {
                    return;
                }
                let Some((ticket, order)) = course.next(&mut self.log) else {
                    continue;
                };
                let slot = free.next().expect("peeked above");
                self.busy.insert(slot, (job.clone(), ticket));
                self.slots.give(slot, order);
                gave = true;
            }
        }
    }

    fn end_finished(&mut self) {
        let over: Vec<JobId> = self
            .jobs
            .iter_mut()
            .filter_map(|(job, course)| course.is_over(&mut self.log).then(|| job.clone()))
            .collect();
        for job in over {
            let course = self.jobs.remove(&job).expect("listed above");
            course.end(&self.log);
            self.log
                .propose(Command::Forget { job })
                .expect("a job may always be forgotten");
        }
    }
}
