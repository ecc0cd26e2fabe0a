//! Where to look for the leader next, how long to rest, when to give up. Pure: the time comes in.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

/// After a round in which no leader was found.
const FIRST_REST: Duration = Duration::from_millis(100);

/// Rests double up to here: short enough that a new leader is found soon after it was chosen.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// Nodes that name each other as leaders are believed so often in a row.
const HOPS: u32 = 3;

/// A node that did not answer is not asked again so soon, whoever names it as the leader.
const SHUNNED: Duration = Duration::from_secs(1);

/// How long a search goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// While nodes answer, and none of them decides anything.
    pub(crate) unled: Duration,
    /// While no node answers.
    pub(crate) unreached: Duration,
    /// For one answer; none: what is left of `unled`.
    pub(crate) answer: Option<Duration>,
}

impl Patience {
    /// For a question: a minority has to say so within five seconds.
    pub(crate) const QUESTION: Self = Self {
        unled: Duration::from_millis(4500),
        unreached: Duration::from_secs(10),
        answer: None,
    };

    /// For what begins a job: a node that starts is waited for. Of the five seconds in which a
    /// minority has to say what it is, preparing the job took one or two.
    pub(crate) const BEGIN: Self = Self {
        unled: Duration::from_millis(3200),
        unreached: Duration::from_secs(30),
        answer: Some(Duration::from_secs(15)),
    };

    /// For a job that runs: it goes on without anybody who watches it.
    pub(crate) const WATCH: Self = Self {
        unled: Duration::from_secs(3600),
        unreached: Duration::from_secs(3600),
        answer: Some(Duration::from_secs(600)),
    };

    /// With so long for one answer.
    pub(crate) const fn answer(self, within: Duration) -> Self {
        Self {
            answer: Some(within),
            ..self
        }
    }
}

/// What came of asking a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setback {
    /// It could not be reached.
    Unreachable(String),
    /// Who answers there is no node of this cluster, or takes this side for a stranger.
    Stranger(String),
    /// Another node leads.
    Elsewhere(String),
    /// It knows of no leader.
    NoLeader,
    /// It cannot decide anything.
    NoQuorum,
    /// It was reached, and said nothing, or not all.
    Silent(String),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Connect to any of these; the first is the best.
    Try(Vec<String>),
    /// Rest.
    Wait(Duration),
    /// Say what [`Search::trouble`] is.
    GiveUp,
}

/// Why there is no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No node answers; the reason of the last one that was tried.
    NoNode(String),
    /// No node of this cluster answers.
    Stranger(String),
    /// Nodes answer, none leads.
    NoLeader,
    /// Too few nodes reach each other.
    NoQuorum,
    /// A node was reached, and said nothing.
    Silent(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNode(why) => write!(f, "no node of the cluster answers ({why})"),
            Self::Stranger(why) => f.write_str(why),
            Self::NoLeader => f.write_str("the cluster has no leader"),
            Self::NoQuorum => {
                f.write_str("no quorum: too few of the cluster's voters reach each other")
            }
            Self::Silent(why) => write!(f, "a node was reached and gave no answer ({why})"),
        }
    }
}

/// A search for the leader.
#[derive(Debug)]
pub(crate) struct Search {
    patience: Patience,
    begun: Instant,
    /// All that is known, the best first.
    addresses: Vec<String>,
    /// Those of this round that were not tried.
    left: VecDeque<String>,
    /// Who was named as the leader.
    hint: Option<String>,
    hops: u32,
    resting_until: Option<Instant>,
    rest: Duration,
    shunned: Vec<(String, Instant)>,
    /// Of those of this round that were tried, how many are strangers.
    strangers: usize,
    /// What a node said last; a lack of a quorum is said for good.
    said: Option<Trouble>,
    unreached: Option<Trouble>,
}

impl Search {
    pub(crate) fn new(patience: Patience, addresses: Vec<String>, now: Instant) -> Self {
        Self {
            patience,
            begun: now,
            left: addresses.iter().cloned().collect(),
            addresses,
            hint: None,
            hops: 0,
            resting_until: None,
            rest: FIRST_REST,
            shunned: Vec::new(),
            strangers: 0,
            said: None,
            unreached: None,
        }
    }

    /// What to do now.
    pub(crate) fn next(&mut self, now: Instant) -> Step {
        let left = self.left(now);
        if left.is_zero() || self.addresses.is_empty() || self.is_among_strangers() {
            return Step::GiveUp;
        }
        if let Some(hint) = self.hint.take() {
            return Step::Try(vec![hint]);
        }
        if self.left.is_empty() {
            let until = *self.resting_until.get_or_insert_with(|| {
                let rest = self.rest;
                self.rest = (rest * 2).min(LONGEST_REST);
                now + rest
            });
            if until > now {
                return Step::Wait((until - now).min(left));
            }
            self.begin_round();
        }
        Step::Try(self.left.iter().cloned().collect())
    }

    /// Takes note of what came of a try.
    pub(crate) fn note(&mut self, address: &str, setback: Setback, now: Instant) {
        self.left.retain(|other| other != address);
        let trouble = match setback {
            Setback::Unreachable(why) => {
                self.shun(address, now);
                self.unreached = Some(Trouble::NoNode(why));
                return;
            }
            Setback::Stranger(why) => {
                self.strangers += 1;
                self.unreached = Some(Trouble::Stranger(why));
                return;
            }
            Setback::Elsewhere(leader) => {
                if self.hops < HOPS && leader != address && !self.is_shunned(&leader, now) {
                    self.hops += 1;
                    self.hint = Some(leader);
                }
                Trouble::NoLeader
            }
            Setback::NoLeader => Trouble::NoLeader,
            Setback::NoQuorum => Trouble::NoQuorum,
            Setback::Silent(why) => {
                self.shun(address, now);
                Trouble::Silent(why)
            }
        };
        if self.said != Some(Trouble::NoQuorum) {
            self.said = Some(trouble);
        }
    }

    /// Why there is no answer yet.
    pub(crate) fn trouble(&self) -> Trouble {
        let trouble = self.said.as_ref().or(self.unreached.as_ref());
        trouble
            .cloned()
            .unwrap_or(Trouble::NoNode("no address of a node is known".to_owned()))
    }

    /// Whether something stood in the way.
    pub(crate) fn met_trouble(&self) -> bool {
        self.said.is_some() || self.unreached.is_some()
    }

    /// Since when it goes on.
    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }

    /// How long one answer may take.
    pub(crate) fn answer(&self, now: Instant) -> Duration {
        // Less makes no sense to ask for.
        const LEAST: Duration = Duration::from_millis(500);
        let unled = (self.begun + self.patience.unled).saturating_duration_since(now);
        self.patience.answer.unwrap_or(unled.max(LEAST))
    }

    /// How long the whole may still take.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        let lasting = match self.said {
            Some(_) => self.patience.unled,
            None => self.patience.unreached,
        };
        (self.begun + lasting).saturating_duration_since(now)
    }

    fn begin_round(&mut self) {
        self.left = self.addresses.iter().cloned().collect();
        self.resting_until = None;
        self.hops = 0;
        self.strangers = 0;
    }

    /// Whether all that there are in this round were tried, and none is a node of this cluster.
    fn is_among_strangers(&self) -> bool {
        self.left.is_empty() && self.strangers >= self.addresses.len()
    }

    fn shun(&mut self, address: &str, now: Instant) {
        self.shunned.retain(|(other, _)| other != address);
        self.shunned.push((address.to_owned(), now));
    }

    fn is_shunned(&self, address: &str, now: Instant) -> bool {
        let mut shunned = self.shunned.iter();
        shunned.any(|(other, since)| other == address && now < *since + SHUNNED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(addresses: &[&str]) -> (Search, Instant) {
        let now = Instant::now();
        let addresses = addresses.iter().map(|&it| it.to_owned()).collect();
        (Search::new(Patience::QUESTION, addresses, now), now)
    }

    fn tries(addresses: &[&str]) -> Step {
        Step::Try(addresses.iter().map(|&it| it.to_owned()).collect())
    }

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn it_goes_round_with_longer_and_longer_rests() {
        let (mut search, mut now) = search(&["a", "b"]);
        for rest in [100, 200, 400, 800] {
            assert_eq!(search.next(now), tries(&["a", "b"]));
            search.note("a", Setback::NoLeader, now);
            assert_eq!(search.next(now), tries(&["b"]));
            search.note("b", Setback::Unreachable("gone".to_owned()), now);
            assert_eq!(search.next(now), Step::Wait(ms(rest)));
            now += ms(rest);
        }
        for _ in 0..2 {
            search.note("a", Setback::NoLeader, now);
            search.note("b", Setback::NoLeader, now);
            now += ms(2000);
            search.next(now);
        }
        assert_eq!(search.next(now), Step::GiveUp);
        assert_eq!(search.trouble(), Trouble::NoLeader);
    }

    #[test]
    fn the_leader_that_is_named_is_asked_next() {
        let (mut search, now) = search(&["a", "b"]);
        search.note("a", Setback::Elsewhere("c".to_owned()), now);
        assert_eq!(search.next(now), tries(&["c"]));
        search.note("c", Setback::Unreachable("gone".to_owned()), now);
        // One that is gone is still named by who does not know it yet.
        search.note("b", Setback::Elsewhere("c".to_owned()), now);
        assert_eq!(search.next(now), Step::Wait(FIRST_REST));
        let later = now + ms(1500);
        assert_eq!(search.next(later), tries(&["a", "b"]));
        search.note("a", Setback::Elsewhere("c".to_owned()), later);
        assert_eq!(search.next(later), tries(&["c"]));
    }

    #[test]
    fn nodes_that_name_each_other_are_believed_a_few_times() {
        let (mut search, now) = search(&["a", "b"]);
        let mut hops = 0;
        let (mut from, mut to) = ("a", "b");
        loop {
            search.note(from, Setback::Elsewhere(to.to_owned()), now);
            match search.next(now) {
                Step::Try(named) => assert_eq!(named, [to]),
                Step::Wait(_) => break,
                Step::GiveUp => panic!("too early"),
            }
            (from, to) = (to, from);
            hops += 1;
            assert!(hops < 10);
        }
    }

    #[test]
    fn a_minority_says_so_in_time_and_silence_takes_longer() {
        let (mut minority, now) = search(&["a", "b"]);
        minority.note("a", Setback::NoQuorum, now);
        minority.note("b", Setback::Unreachable("gone".to_owned()), now);
        minority.note("a", Setback::NoLeader, now);
        assert_eq!(minority.next(now + ms(4500)), Step::GiveUp);
        assert_eq!(minority.trouble(), Trouble::NoQuorum);
        let (mut silence, now) = search(&["a"]);
        silence.note("a", Setback::Unreachable("gone".to_owned()), now);
        assert!(matches!(silence.next(now + ms(6000)), Step::Wait(_)));
        assert_eq!(silence.next(now + ms(10_000)), Step::GiveUp);
        assert_eq!(silence.trouble(), Trouble::NoNode("gone".to_owned()));
    }

    #[test]
    fn among_strangers_there_is_no_use_in_waiting() {
        let (mut strangers, now) = search(&["a", "b"]);
        strangers.note("a", Setback::Stranger("who?".to_owned()), now);
        assert_eq!(strangers.next(now), tries(&["b"]));
        strangers.note("b", Setback::Stranger("who?".to_owned()), now);
        assert_eq!(strangers.next(now), Step::GiveUp);
        let (mut nothing, now) = search(&[]);
        assert_eq!(nothing.next(now), Step::GiveUp);
    }
}
