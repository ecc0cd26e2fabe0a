//! Nodes that report for duty, and nodes that are given up: what each had is compared with what
//! is agreed, and made up for.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_cluster::{Command, FailureClass, JobId, JobState, Work};
use bubbles_pipeline::NodeId;

use super::Leader;
use super::clock;
use super::course::Ticket;
use super::hands::{Busy, Member};
use crate::agreement::Deposed;
use crate::order::{AttemptKey, Done, Ready};

impl Leader {
    /// A node reports. What it was given and does not know of never arrived, or went with its
    /// process; what it has done and was not heard is heard now.
    pub(super) fn joined(
        &mut self,
        node: NodeId,
        member: Member,
        ready: Ready,
    ) -> Result<(), Deposed> {
        let (jobs, log) = (&self.jobs, &self.log);
        let knows = |job: &JobId| jobs.contains_key(job);
        let ticket = |key: &AttemptKey| {
            let runs = log.read(|state| {
                let agreed = state.job(&key.job)?;
                Some(running_on(agreed, node).any(|(work, number, epoch)| {
                    (work, number, epoch) == (key.work, key.attempt, key.epoch)
                }))
            });
            (runs == Some(true)).then_some(Ticket::Attempt(key.work))
        };
        let unknown = self.hands.join(node, member, &ready, knows, ticket);
        self.errands_lost(unknown);

        let told = ready.untold.iter().filter_map(|(_, done)| match done {
            Done::Attempted(key, _) => Some(key.clone()),
            _ => None,
        });
        let has: BTreeSet<AttemptKey> = ready
            .under_way
            .iter()
            .filter_map(|order| order.attempt.clone())
            .chain(told)
            .collect();
        self.attempts_lost(node, |key| !has.contains(key))?;
        self.stored_lost(node, |job| !ready.jobs.contains(job))?;

        let mut ended = Vec::new();
        for (id, done) in ready.untold {
            self.done(node, id, done, &mut ended)?;
        }
        self.record(ended)?;
        let over: Vec<JobId> = self.log.read(|state| {
            let open = |job: &JobId| state.job(job).is_some_and(|job| job.report.is_none());
            ready.jobs.into_iter().filter(|job| !open(job)).collect()
        });
        if !over.is_empty() {
            // One that is deposed and does not know it does not know the newest jobs either.
            self.log.confirm()?;
        }
        self.hands.end_on(node, &over);
        Ok(())
    }

    /// Gives up the nodes that have not been heard of for too long.
    pub(super) fn give_up_overdue(&mut self) -> Result<(), Deposed> {
        for node in self.hands.overdue(clock::now()) {
            tracing::warn!(
                node = node.0,
                "a node has not been heard of and is given up"
            );
            self.give_up(node)?;
        }
        Ok(())
    }

    /// What a node ran and had is given to others.
    pub(super) fn give_up(&mut self, node: NodeId) -> Result<(), Deposed> {
        let orders = self.hands.lose(node);
        self.errands_lost(orders);
        self.attempts_lost(node, |_| true)?;
        self.stored_lost(node, |_| true)
    }

    /// Orders beside attempts that will not be carried out.
    fn errands_lost(&mut self, orders: Vec<Busy>) {
        for order in orders {
            if let Some(course) = self.jobs.get_mut(&order.job) {
                course.errand_lost(order.ticket);
            }
        }
    }

    /// Has it agreed that attempts on a node are lost.
    fn attempts_lost(
        &mut self,
        node: NodeId,
        is_lost: impl Fn(&AttemptKey) -> bool,
    ) -> Result<(), Deposed> {
        let jobs = &self.jobs;
        let lost: Vec<AttemptKey> = self.log.read(|state| {
            let open = jobs.keys().filter_map(|job| Some((job, state.job(job)?)));
            let keys = open.flat_map(|(job, agreed)| {
                running_on(agreed, node).map(|(work, attempt, epoch)| AttemptKey {
                    job: job.clone(),
                    work,
                    attempt,
                    epoch,
                })
            });
            keys.filter(is_lost).collect()
        });
        let fail = |key: &AttemptKey| Command::Fail {
            job: key.job.clone(),
            work: key.work,
            attempt: key.attempt,
            epoch: key.epoch,
            class: FailureClass::Lost,
        };
        self.log.propose(lost.iter().map(fail).collect())?;
        for key in &lost {
            if let Some(course) = self.jobs.get_mut(&key.job) {
                course.attempt_lost(key.work, key.attempt);
            }
        }
        Ok(())
    }

    /// Has it agreed that what a node stored for readers of these jobs is gone.
    fn stored_lost(
        &mut self,
        node: NodeId,
        is_lost: impl Fn(&JobId) -> bool,
    ) -> Result<(), Deposed> {
        let jobs = self.jobs.keys().filter(|job| is_lost(job));
        let gone = self.log.read(|state| {
            let open = jobs.filter_map(|job| Some((job.clone(), state.job(job)?)));
            let open = open.filter(|(_, agreed)| agreed.decision.is_none());
            let works = |agreed: &JobState| -> Vec<Work> {
                let here = agreed.completed().filter(|(_, done)| done.node == node);
                here.map(|(work, _)| work).collect()
            };
            open.map(|(job, agreed)| (job, works(agreed))).collect()
        });
        self.lose_output(gone)
    }

    /// Has it agreed that what these splits stored is gone; those still needed run again.
    pub(super) fn lose_output(&mut self, gone: BTreeMap<JobId, Vec<Work>>) -> Result<(), Deposed> {
        let lose = gone.into_iter().filter(|(_, works)| !works.is_empty());
        let (touched, commands): (Vec<JobId>, Vec<Command>) = lose
            .map(|(job, works)| (job.clone(), Command::Lose { job, works }))
            .unzip();
        self.log.propose(commands)?;
        for job in touched {
            if let Some(course) = self.jobs.get_mut(&job) {
                self.log.read(|state| {
                    if let Some(agreed) = state.job(&job) {
                        course.look_anew(agreed);
                    }
                });
            }
        }
        Ok(())
    }
}

/// Attempts that are agreed to run on a node: at what, which try, of which epoch.
fn running_on(agreed: &JobState, node: NodeId) -> impl Iterator<Item = (Work, u32, u64)> {
    let running = agreed.running();
    running
        .filter(move |(_, attempt)| attempt.node == node)
        .map(|(work, attempt)| (work, attempt.number, attempt.epoch))
}
