//! What was done, what came of it, and whether that is good.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::schedule::{Kind, Schedule};
use crate::oracle::Verdict;

/// So many kills surely meet an attempt: if none does, the jobs are too short to try anything.
const TELLING_KILLS: usize = 5;

/// The counts of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    counts: BTreeMap<Kind, Count>,
    /// Why nothing was cut, if this machine cannot do it.
    pub no_cuts: Option<String>,
    /// Packets that cuts dropped.
    pub dropped_packets: Option<u64>,
    /// How long after the last fault all nodes were ready.
    pub recovered: Option<Duration>,
    /// All jobs.
    pub jobs: Vec<Judged>,
}

/// A job and what the oracle says of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// How long its client waited.
    pub took: Duration,
    /// Or why the oracle was not asked.
    pub verdict: Result<Verdict, String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    scheduled: usize,
    injected: usize,
}

impl Tally {
    /// Nothing done yet of this.
    #[must_use]
    pub fn new(schedule: &Schedule) -> Self {
        let count = |kind: &Kind| {
            let scheduled = schedule.count(*kind);
            (
                *kind,
                Count {
                    scheduled,
                    injected: 0,
                },
            )
        };
        Self {
            counts: Kind::all().iter().map(count).collect(),
            no_cuts: None,
            dropped_packets: None,
            recovered: None,
            jobs: Vec::new(),
        }
    }

    /// One more was really injected.
    pub fn injected(&mut self, kind: Kind) {
        self.counts.entry(kind).or_default().injected += 1;
    }

    /// All that is wrong; nothing if the run is good.
    #[must_use]
    pub fn wrongs(&self) -> Vec<String> {
        let never = |(kind, count): (&Kind, &Count)| {
            let never = count.scheduled > 0 && count.injected == 0;
            never.then(|| {
                format!(
                    "`{kind}` was scheduled {} times, never injected",
                    count.scheduled
                )
            })
        };
        let mut wrongs: Vec<String> = self.counts.iter().filter_map(never).collect();
        if self.counts.values().all(|count| count.injected == 0) {
            wrongs.push("nothing was injected at all".to_owned());
        }
        if self.cuts() > 0 && self.dropped_packets == Some(0) {
            wrongs.push("links were cut, and no packet was ever dropped".to_owned());
        }
        let kills = self.injected_of(&[Kind::KillWorker, Kind::KillLeader, Kind::KillAll]);
        if kills >= TELLING_KILLS && self.sum(|verdict| verdict.retried) == 0 {
            wrongs.push(format!(
                "{kills} times nodes were killed, and no attempt was lost"
            ));
        }
        if self.jobs.is_empty() {
            wrongs.push("no job was run".to_owned());
        }
        for job in &self.jobs {
            match &job.verdict {
                Ok(verdict) if verdict.is_exact() => {}
                Ok(verdict) => wrongs.push(format!("{}: {verdict}", job.name)),
                Err(why) => wrongs.push(format!("{}: {why}", job.name)),
            }
        }
        wrongs
    }

    fn cuts(&self) -> usize {
        self.injected_of(&[Kind::CutOff, Kind::Deaf, Kind::Mute, Kind::LeaderInMinority])
    }

    fn injected_of(&self, kinds: &[Kind]) -> usize {
        let injected = |kind| self.counts.get(kind).map_or(0, |count| count.injected);
        kinds.iter().map(injected).sum()
    }

    fn sum(&self, of: impl Fn(&Verdict) -> usize) -> usize {
        let verdicts = self.jobs.iter().filter_map(|job| job.verdict.as_ref().ok());
        verdicts.map(of).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>10}{:>10}", "fault", "scheduled", "injected")?;
        for (kind, count) in &self.counts {
            writeln!(f, "{kind:<24}{:>10}{:>10}", count.scheduled, count.injected)?;
        }
        if let Some(why) = &self.no_cuts {
            writeln!(f, "not run: whatever cuts links, as {why}")?;
        }
        if let Some(packets) = self.dropped_packets {
            writeln!(f, "packets dropped by cuts: {packets}")?;
        }
        if let Some(took) = self.recovered {
            writeln!(
                f,
                "all nodes ready after the last fault: {:.1} s",
                took.as_secs_f32()
            )?;
        }
        let good = |job: &&Judged| job.verdict.as_ref().is_ok_and(|verdict| verdict.is_exact());
        let slowest = self
            .jobs
            .iter()
            .map(|job| job.took)
            .max()
            .unwrap_or_default();
        writeln!(
            f,
            "jobs: {}, exact: {}, rows: {}, slowest: {:.1} s",
            self.jobs.len(),
            self.jobs.iter().filter(good).count(),
            self.sum(|verdict| verdict.rows),
            slowest.as_secs_f32()
        )?;
        writeln!(
            f,
            "splits and parts that had to be done again: {}, splits read by several attempts: {}",
            self.sum(|verdict| verdict.retried),
            self.sum(|verdict| verdict.mixed_splits),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let schedule = Schedule::new(1, Duration::from_secs(120), true);
        let mut tally = Tally::new(&schedule);
        for kind in Kind::all() {
            tally.injected(*kind);
        }
        tally.dropped_packets = Some(5);
        tally.jobs.push(Judged {
            name: "job".to_owned(),
            took: Duration::ZERO,
            verdict: Ok(Verdict::default()),
        });
        tally
    }

    #[test]
    fn a_run_in_which_all_was_done_and_all_is_exact_is_good() {
        assert_eq!(tally().wrongs(), Vec::<String>::new());
        assert!(tally().to_string().contains("jobs: 1, exact: 1"));
    }

    #[test]
    fn what_was_scheduled_and_never_done_is_wrong() {
        let mut tally = tally();
        tally.counts.entry(Kind::Pause).or_default().injected = 0;
        let wrongs = tally.wrongs();
        assert!(
            wrongs.len() == 1 && wrongs[0].contains("pause"),
            "{wrongs:?}"
        );
    }

    #[test]
    fn kills_that_meet_nobody_are_wrong() {
        let mut tally = tally();
        for _ in 0..TELLING_KILLS {
            tally.injected(Kind::KillWorker);
        }
        assert_eq!(tally.wrongs().len(), 1);
        let Ok(verdict) = &mut tally.jobs[0].verdict else {
            panic!("the job was judged");
        };
        verdict.retried = 1;
        assert_eq!(tally.wrongs(), Vec::<String>::new());
    }

    #[test]
    fn cuts_that_drop_nothing_and_jobs_that_fail_are_wrong() {
        let mut tally = tally();
        tally.dropped_packets = Some(0);
        tally.jobs[0].verdict = Err("exit code 1".to_owned());
        assert_eq!(tally.wrongs().len(), 2);
        tally.jobs.clear();
        assert!(tally.wrongs().contains(&"no job was run".to_owned()));
    }
}
