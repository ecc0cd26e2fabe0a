//! The metrics themselves: names, units, words, and how they become text.
//!
//! Names are as Prometheus wants them: `bubbles_`, then what, then the unit in full;
//! what only grows ends in `_total`, which the library adds.

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::Health;

/// In the order of [`super::AttemptEnd`].
const ATTEMPT_ENDS: [&str; 5] = ["completed", "failed", "transient", "late", "stopped"];

/// In the order of [`super::ProposalEnd`].
const PROPOSAL_ENDS: [&str; 3] = ["agreed", "not-leader", "unsure"];

/// In the order of [`super::JobState`].
const JOB_STATES: [&str; 4] = ["running", "committing", "aborting", "ended"];

/// From a log in memory to a disk that is about to fail: an fsync takes 0.1 to 20 ms.
const PROPOSAL_SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// A handle for each metric.
pub(super) struct Meters {
    registry: Registry,
    at_a_look: AtALook,
    pub(super) attempts_started: Counter,
    pub(super) attempts_ended: [Counter; 5],
    pub(super) splits_completed: Counter,
    pub(super) chunk_stored_bytes: Counter,
    pub(super) chunk_fetched_bytes: Counter,
    pub(super) chunk_served_bytes: Counter,
    pub(super) plugins_fetched: Counter,
    pub(super) plugin_fetched_bytes: Counter,
    pub(super) store_memory_bytes: Gauge,
    pub(super) store_disk_bytes: Gauge,
    pub(super) jobs: [Gauge; 4],
    pub(super) leader_changes: Counter,
    pub(super) proposals: [Counter; 3],
    pub(super) proposal_seconds: Histogram,
    pub(super) fenced_reports: Counter,
}

/// What a member's health tells: set when somebody looks.
struct AtALook {
    ready: Gauge,
    draining: Gauge,
    slots: Gauge,
    slots_busy: Gauge,
    nodes_alive: Gauge,
    raft_term: Gauge,
    raft_is_leader: Gauge,
    raft_voters: Gauge,
}

impl Meters {
    pub(super) fn new() -> Self {
        let mut names = Names(Registry::with_prefix("bubbles"));
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        names.0.register("build", "The version that runs", version);
        let at_a_look = AtALook::new(&mut names);
        Self {
            at_a_look,
            attempts_started: names.counter("attempts_started", "Attempts begun on this node"),
            attempts_ended: names.counters(
                "attempts_ended",
                "Attempts that ended on this node, by how",
                ("outcome", ATTEMPT_ENDS),
            ),
            splits_completed: names.counter(
                "splits_completed",
                "Splits that became complete while this node led",
            ),
            chunk_stored_bytes: names.bytes("chunk_stored", "Chunks taken by the chunk store"),
            chunk_fetched_bytes: names.bytes("chunk_fetched", "Chunks that came from other nodes"),
            chunk_served_bytes: names.bytes("chunk_served", "Chunks that went to other nodes"),
            plugins_fetched: names.counter("plugins_fetched", "Plugins that came from other nodes"),
            plugin_fetched_bytes: names
                .bytes("plugin_fetched", "Plugins that came from other nodes"),
            store_memory_bytes: names.held("store_memory", "Chunks in memory"),
            store_disk_bytes: names.held("store_disk", "Chunks on disk, as stored"),
            jobs: names.gauges(
                "jobs",
                "Jobs that the log tells of, by state; the same on every node",
                ("state", JOB_STATES),
            ),
            leader_changes: names.counter("raft_leader_changes", "New leaders that this node saw"),
            proposals: names.counters(
                "log_proposals",
                "Proposals to the log, each of one command or many, by outcome",
                ("outcome", PROPOSAL_ENDS),
            ),
            proposal_seconds: names.seconds(
                "log_proposal",
                "From a proposal to its answer",
                PROPOSAL_SECONDS,
            ),
            fenced_reports: names.counter(
                "fenced_reports",
                "Reports refused, as the attempt was another node's by then",
            ),
            registry: names.0,
        }
    }

    pub(super) fn render(&self, health: Option<&Health>) -> String {
        if let Some(health) = health {
            self.at_a_look.set(health);
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("a String takes whatever is written");
        text
    }
}

impl AtALook {
    fn new(names: &mut Names) -> Self {
        Self {
            ready: names.gauge("ready", "1 if this node takes work"),
            draining: names.gauge("draining", "1 if this node takes no new work, to stop"),
            slots: names.gauge("slots", "Attempts that this node runs at once"),
            slots_busy: names.gauge("slots_busy", "Slots of this node that are in use"),
            nodes_alive: names.gauge("nodes_alive", "Nodes heard of in the last five seconds"),
            raft_term: names.gauge("raft_term", "The newest term that this node heard of"),
            raft_is_leader: names.gauge("raft_is_leader", "1 if this node leads"),
            raft_voters: names.gauge("raft_voters", "Nodes that vote"),
        }
    }

    fn set(&self, health: &Health) {
        set(&self.ready, health.ready.into());
        set(&self.draining, health.draining.into());
        set(&self.slots, health.slots.into());
        set(&self.slots_busy, health.busy.into());
        set(&self.nodes_alive, health.nodes_alive.into());
        set(&self.raft_term, health.term);
        set(&self.raft_is_leader, health.is_leader.into());
        set(&self.raft_voters, health.voters.into());
    }
}

/// The library's gauges are signed: what does not fit is as much as fits.
pub(super) fn set(gauge: &Gauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Makes metrics and writes them down.
struct Names(Registry);

type Label = [(&'static str, &'static str); 1];

impl Names {
    fn counter(&mut self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.0.register(name, help, counter.clone());
        counter
    }

    fn bytes(&mut self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.0
            .register_with_unit(name, help, Unit::Bytes, counter.clone());
        counter
    }

    fn counters<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        (label, values): (&'static str, [&'static str; N]),
    ) -> [Counter; N] {
        let family = Family::<Label, Counter>::default();
        self.0.register(name, help, family.clone());
        values.map(|value| family.get_or_create_owned(&[(label, value)]))
    }

    fn gauge(&mut self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.0.register(name, help, gauge.clone());
        gauge
    }

    fn held(&mut self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.0
            .register_with_unit(name, help, Unit::Bytes, gauge.clone());
        gauge
    }

    fn gauges<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        (label, values): (&'static str, [&'static str; N]),
    ) -> [Gauge; N] {
        let family = Family::<Label, Gauge>::default();
        self.0.register(name, help, family.clone());
        values.map(|value| family.get_or_create_owned(&[(label, value)]))
    }

    fn seconds(
        &mut self,
        name: &str,
        help: &str,
        buckets: impl IntoIterator<Item = f64>,
    ) -> Histogram {
        let histogram = Histogram::new(buckets);
        self.0
            .register_with_unit(name, help, Unit::Seconds, histogram.clone());
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AttemptEnd, JobState, ProposalEnd};
    use super::*;

    #[test]
    fn the_text_has_names_units_and_values() {
        let meters = Meters::new();
        meters.attempts_started.inc();
        meters.attempts_ended[AttemptEnd::Late as usize].inc();
        meters.chunk_stored_bytes.inc_by(1 << 20);
        set(&meters.store_memory_bytes, 7);
        set(&meters.store_disk_bytes, u64::MAX);
        set(&meters.jobs[JobState::Ended as usize], 3);
        meters.proposals[ProposalEnd::Unsure as usize].inc();
        meters.proposal_seconds.observe(0.002);
        let health = Health {
            name: "n1".to_owned(),
            ready: true,
            reason: None,
            leader: None,
            is_leader: true,
            term: 9,
            voters: 3,
            nodes_alive: 4,
            slots: 8,
            busy: 5,
            jobs_running: 1,
            draining: false,
        };
        let text = meters.render(Some(&health));
        for line in [
            concat!(
                "bubbles_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"} 1"
            ),
            "# TYPE bubbles_attempts_started counter",
            "bubbles_attempts_started_total 1",
            "bubbles_attempts_ended_total{outcome=\"late\"} 1",
            "bubbles_attempts_ended_total{outcome=\"failed\"} 0",
            "# UNIT bubbles_chunk_stored_bytes bytes",
            "bubbles_chunk_stored_bytes_total 1048576",
            "bubbles_store_memory_bytes 7",
            "bubbles_store_disk_bytes 9223372036854775807",
            "bubbles_jobs{state=\"ended\"} 3",
            "bubbles_log_proposals_total{outcome=\"unsure\"} 1",
            "# TYPE bubbles_log_proposal_seconds histogram",
            "bubbles_log_proposal_seconds_bucket{le=\"0.001\"} 0",
            "bubbles_log_proposal_seconds_bucket{le=\"0.0025\"} 1",
            "bubbles_log_proposal_seconds_count 1",
            "bubbles_ready 1",
            "bubbles_draining 0",
            "bubbles_slots_busy 5",
            "bubbles_raft_term 9",
            "bubbles_nodes_alive 4",
        ] {
            assert!(
                text.lines().any(|it| it == line),
                "no line {line} in\n{text}"
            );
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn every_variant_has_its_word() {
        assert_eq!(ATTEMPT_ENDS[AttemptEnd::Stopped as usize], "stopped");
        assert_eq!(ATTEMPT_ENDS[AttemptEnd::Completed as usize], "completed");
        assert_eq!(PROPOSAL_ENDS[ProposalEnd::NotLeader as usize], "not-leader");
        assert_eq!(JOB_STATES[JobState::Running as usize], "running");
        assert_eq!(JOB_STATES[JobState::Ended as usize], "ended");
    }
}
