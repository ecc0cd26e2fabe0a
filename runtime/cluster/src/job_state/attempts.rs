//! Attempts: assigned, completed, failed. The first that is recorded wins.

use bubbles_pipeline::NodeId;

use super::{Attempt, Completed, JobState};
use crate::{Answer, FailureClass, Outcome, Refusal, Work, is_ready};

impl JobState {
    pub(super) fn assign(
        &mut self,
        work: Work,
        node: NodeId,
        epoch: u64,
    ) -> Result<Answer, Refusal> {
        if let Some(decision) = self.decision {
            return Err(Refusal::Decided(decision));
        }
        let split = self.split(work).ok_or(Refusal::NoSuchSplit)?;
        if split.is_available() || !is_ready(self, work) {
            return Err(Refusal::NotReady);
        }
        let split = self.split_mut(work)?;
        split.attempts += 1;
        split.running.push(Attempt {
            number: split.attempts,
            node,
            epoch,
        });
        Ok(Answer::Assigned {
            attempt: split.attempts,
        })
    }

    pub(super) fn complete(
        &mut self,
        work: Work,
        attempt: u32,
        epoch: u64,
        outcome: Outcome,
    ) -> Result<Answer, Refusal> {
        let decided = self.decision.is_some();
        let split = self.split_mut(work)?;
        match &split.completed {
            // Told again: its receipts are in force, also where another has made its chunks anew.
            Some(done) if done.first == attempt => return Ok(Answer::Accepted),
            Some(done) if done.attempt == attempt => return Ok(Answer::Restored),
            Some(_) if !split.lost => return Ok(Answer::Superseded),
            _ => {}
        }
        let by = |running: &&Attempt| running.number == attempt && running.epoch == epoch;
        let Some(node) = split.running.iter().find(by).map(|running| running.node) else {
            return Ok(Answer::Superseded);
        };
        if decided {
            return Ok(Answer::Superseded);
        }
        split.running.clear();
        split.lost = false;
        let restored = split.completed.as_mut();
        let answer = match restored {
            Some(done) => {
                done.attempt = attempt;
                done.node = node;
                Answer::Restored
            }
            None => {
                split.completed = Some(Completed {
                    attempt,
                    first: attempt,
                    node,
                    outcome,
                });
                Answer::Accepted
            }
        };
        let stage = &mut self.stages[work.stage.0];
        stage.missing -= 1;
        if answer == Answer::Accepted {
            stage.undone -= 1;
        }
        Ok(answer)
    }

    pub(super) fn fail(
        &mut self,
        work: Work,
        attempt: u32,
        epoch: u64,
        class: FailureClass,
    ) -> Result<Answer, Refusal> {
        let split = self.split_mut(work)?;
        let by = |running: &Attempt| running.number == attempt && running.epoch == epoch;
        let Some(place) = split.running.iter().position(by) else {
            return Ok(Answer::Superseded);
        };
        split.running.remove(place);
        if class == FailureClass::Own {
            split.own_failures += 1;
        }
        Ok(Answer::Accepted)
    }
}
