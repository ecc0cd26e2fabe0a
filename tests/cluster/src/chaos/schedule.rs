//! Which fault comes when: from the seed alone.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `kill -9` for a node that is no voter, or any but the leader where all are.
    KillWorker,
    /// `kill -9` for the leader.
    KillLeader,
    /// `kill -9` for all at once.
    KillAll,
    /// A node stands still, holding what it holds, for longer than its lease.
    Pause,
    /// A node and all others hear nothing of each other.
    CutOff,
    /// A node is heard and does not hear.
    Deaf,
    /// A node hears and is not heard.
    Mute,
    /// The leader and a worker on one side, all others on the other.
    LeaderInMinority,
}

/// What is to be done, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// When it begins.
    pub at: Duration,
    /// How long until it is taken back.
    pub lasts: Duration,
    /// Picks whom it meets, of those whom it can meet then.
    pub pick: u64,
}

/// All faults of a run, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// In order.
    pub faults: Vec<Fault>,
}

/// The faults that need links to cut come last.
const KINDS: [Kind; 8] = [
    Kind::KillWorker,
    Kind::KillLeader,
    Kind::KillAll,
    Kind::Pause,
    Kind::CutOff,
    Kind::Deaf,
    Kind::Mute,
    Kind::LeaderInMinority,
];
const KINDS_WITHOUT_CUTS: usize = 4;

/// Between the beginnings of two faults: they overlap at times, and at times nothing is wrong.
const GAP_MS: (u32, u32) = (3_000, 11_000);

impl Schedule {
    /// Faults for so long. Of any eight that follow each other each kind is one, where links can be
    /// cut; else of any four.
    #[must_use]
    pub fn new(seed: u64, length: Duration, can_cut: bool) -> Self {
        let kinds = if can_cut {
            &KINDS[..]
        } else {
            &KINDS[..KINDS_WITHOUT_CUTS]
        };
        let mut dice = Dice::new(seed, 0);
        let mut faults = Vec::new();
        let mut bag = Vec::new();
        let mut at = dice.time(GAP_MS.0, GAP_MS.1);
        while at < length {
            if bag.is_empty() {
                bag.extend_from_slice(kinds);
                dice.shuffle(&mut bag);
            }
            faults.extend(bag.pop().map(|kind| Fault {
                kind,
                at,
                lasts: kind.lasts(&mut dice),
                pick: dice.number(),
            }));
            at += dice.time(GAP_MS.0, GAP_MS.1);
        }
        Self { faults }
    }

    /// How many of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.faults
            .iter()
            .filter(|fault| fault.kind == kind)
            .count()
    }
}

impl Kind {
    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &KINDS
    }

    fn lasts(self, dice: &mut Dice) -> Duration {
        match self {
            Self::KillWorker | Self::KillLeader | Self::KillAll => dice.time(0, 5_000),
            Self::Pause => dice.time(8_000, 15_000),
            Self::CutOff | Self::Deaf | Self::Mute | Self::LeaderInMinority => {
                dice.time(2_000, 12_000)
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::KillWorker => "kill a worker",
            Self::KillLeader => "kill the leader",
            Self::KillAll => "kill all",
            Self::Pause => "pause a node",
            Self::CutOff => "cut a node off",
            Self::Deaf => "make a node deaf",
            Self::Mute => "make a node mute",
            Self::LeaderInMinority => "leader in the minority",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_faults_again_and_each_kind_in_its_turn() {
        let hour = Duration::from_secs(3600);
        let schedule = Schedule::new(7, hour, true);
        assert_eq!(schedule, Schedule::new(7, hour, true));
        assert_ne!(schedule, Schedule::new(8, hour, true));
        for faults in schedule.faults.chunks_exact(KINDS.len()) {
            let mut kinds: Vec<Kind> = faults.iter().map(|fault| fault.kind).collect();
            kinds.sort();
            assert_eq!(kinds, KINDS);
        }
        let in_order = schedule.faults.is_sorted_by_key(|fault| fault.at);
        assert!(in_order && schedule.faults.len() > 300);
    }

    #[test]
    fn nothing_is_cut_where_nothing_can_be() {
        let schedule = Schedule::new(7, Duration::from_secs(600), false);
        assert_eq!(schedule.count(Kind::CutOff), 0);
        assert!(schedule.count(Kind::KillAll) > 0);
    }
}
