//! The state machine: pure. Records go in, answers come out, and a record said
//! twice is done once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::{Record, UnknownVersion};
use crate::{Answer, Refusal, State};

/// How many proposers are remembered. Every opening of a replica brings as many
/// new ones as it has lanes, so a hundred openings are remembered: whoever is
/// dropped has been silent for longer than any retry takes.
pub const PROPOSERS_MAX: usize = 1024;

/// What came of each command of a record, in its order.
pub type Answers = Vec<Result<Answer, Refusal>>;

/// Everything that the log makes: equal logs give equal machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    state: State,
    proposers: BTreeMap<u64, Said>,
    /// Records heard so far: tells which proposer has been silent the longest.
    heard: u64,
}

/// The last that a proposer said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Said {
    sequence: u64,
    answers: Answers,
    at: u64,
}

/// What came of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds, now or since it was first said.
    Done(Answers),
    /// Its proposer has said a later one since, and so had given this one up:
    /// nothing is done, and no answers are kept.
    Outdated,
}

impl Machine {
    /// What is agreed.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Applies a record, unless it has been.
    ///
    /// # Errors
    /// The record's version is not known; nothing has changed.
    pub fn apply(&mut self, record: Record) -> Result<Verdict, UnknownVersion> {
        UnknownVersion::check(record.version)?;
        self.heard += 1;
        let at = self.heard;
        if let Some(last) = self.proposers.get_mut(&record.proposer) {
            if record.sequence < last.sequence {
                return Ok(Verdict::Outdated);
            }
            if record.sequence == last.sequence {
                last.at = at;
                return Ok(Verdict::Done(last.answers.clone()));
            }
        }
        let commands = record.commands.into_iter();
        let answers: Answers = commands.map(|command| self.state.apply(command)).collect();
        let said = Said {
            sequence: record.sequence,
            answers: answers.clone(),
            at,
        };
        self.proposers.insert(record.proposer, said);
        self.drop_the_longest_silent();
        Ok(Verdict::Done(answers))
    }

    fn drop_the_longest_silent(&mut self) {
        if self.proposers.len() > PROPOSERS_MAX {
            let silent = self.proposers.iter().min_by_key(|(_, said)| said.at);
            if let Some((&proposer, _)) = silent {
                self.proposers.remove(&proposer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::record::RECORD_VERSION;
    use crate::replica::tests::{register, unregister};
    use crate::{Command, State};

    fn nodes(state: &State) -> usize {
        state.registry().nodes().len()
    }

    fn record(proposer: u64, sequence: u64, commands: Vec<Command>) -> Record {
        Record {
            version: RECORD_VERSION,
            proposer,
            sequence,
            commands,
        }
    }

    #[test]
    fn said_twice_done_once_and_answered_the_same() {
        let mut machine = Machine::default();
        let first = record(1, 1, vec![register(7, "a"), register(8, "a")]);
        let answers = machine.apply(first.clone()).unwrap();
        let expected = vec![Ok(Answer::Accepted), Err(Refusal::NameTaken)];
        assert_eq!(answers, Verdict::Done(expected));

        // Another takes the node out: to apply the record again would bring it back.
        machine.apply(record(2, 1, vec![unregister(7)])).unwrap();
        let state = machine.state().clone();
        assert_eq!(machine.apply(first).unwrap(), answers);
        assert_eq!(machine.state(), &state);
    }

    #[test]
    fn a_record_given_up_stays_undone() {
        let mut machine = Machine::default();
        machine.apply(record(1, 2, vec![register(7, "a")])).unwrap();
        assert_eq!(
            machine.apply(record(1, 1, vec![register(8, "b")])),
            Ok(Verdict::Outdated)
        );
        assert_eq!(nodes(machine.state()), 1);
        assert!(matches!(
            machine.apply(record(1, 3, vec![register(8, "b")])),
            Ok(Verdict::Done(_))
        ));
    }

    #[test]
    fn an_unknown_version_changes_nothing() {
        let mut machine = Machine::default();
        let newer = Record {
            version: RECORD_VERSION + 1,
            ..record(1, 1, vec![register(7, "a")])
        };
        assert!(machine.apply(newer).is_err());
        assert_eq!(machine, Machine::default());
    }

    #[test]
    fn the_longest_silent_proposer_is_forgotten() {
        let mut machine = Machine::default();
        let many = u64::try_from(PROPOSERS_MAX).unwrap();
        for proposer in 0..many {
            machine.apply(record(proposer, 1, Vec::new())).unwrap();
        }
        machine.apply(record(0, 2, Vec::new())).unwrap();
        machine.apply(record(many, 1, Vec::new())).unwrap();
        assert_eq!(machine.proposers.len(), PROPOSERS_MAX);
        assert!(machine.proposers.contains_key(&0) && !machine.proposers.contains_key(&1));
    }
}
