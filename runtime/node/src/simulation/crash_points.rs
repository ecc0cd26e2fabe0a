//! Every moment of one job from its first prepared output to its report: at each of them nodes crash,
//! in a run of its own, and all invariants hold.
//!
//! | sweep | what crashes, right before each thing that happens |
//! |---|---|
//! | the leader | whoever leads |
//! | every node | each of the five, in runs of their own |
//! | all nodes | all at once |
//! | the log | the leader at each of its records: agreed and not heard of, or neither, or refused |

use std::collections::BTreeMap;

use bubbles_cluster::Decision;
use bubbles_pipeline::NodeId;

use super::faults::Faults;
use super::jobs;
use super::random::Random;
use super::shared_log::Trouble;
use super::trace::End;
use super::world::World;

/// How far the job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Nothing is prepared yet.
    Early,
    /// Output is prepared, and nothing decided.
    Preparing,
    /// It is decided that all of it will be visible, and none of it is agreed to be.
    Deciding,
    /// Some of it is agreed to be visible.
    Committing,
    /// It has ended.
    Over,
}

/// The phases in which something crashes.
const TRIED: [Phase; 3] = [Phase::Preparing, Phase::Deciding, Phase::Committing];

/// Worlds that are gone through: chance decides who does what, and when.
const SEEDS: [u64; 2] = [1, 2];

/// A world of one job without faults; the job's source is repeatable in every other one.
fn world(seed: u64) -> World {
    let jobs = |_: &mut Random| jobs::small(seed.is_multiple_of(2));
    World::new(Random::new(seed), jobs, Faults::none, false)
}

fn phase(world: &World) -> Phase {
    let id = &world.jobs[0].id;
    let agreed = world.agreed.lock().unwrap();
    let Some(job) = agreed.state.job(id) else {
        return Phase::Early;
    };
    let prepared = world.outside.staged().next().is_some();
    match (job.decision, job.report.is_some()) {
        (_, true) => Phase::Over,
        (Some(_), _) if !job.settled.is_empty() => Phase::Committing,
        (Some(_), _) => Phase::Deciding,
        (None, _) if prepared => Phase::Preparing,
        (None, _) => Phase::Early,
    }
}

/// The phase before each thing that happens, where nothing goes wrong.
fn faultless(seed: u64) -> Vec<Phase> {
    let mut world = world(seed);
    let mut phases = vec![phase(&world)];
    while world.advance() {
        // What was prepared does not become unprepared.
        let last = phases[phases.len() - 1];
        phases.push(phase(&world).max(last));
    }
    let committed = is_committed(&world);
    let end = world.end();
    assert!(end.broken.is_empty() && committed, "{:#?}", end.broken);
    phases
}

/// Nobody cancels it and no plugin fails: whatever crashes, the job is committed.
fn is_committed(world: &World) -> bool {
    let agreed = world.agreed.lock().unwrap();
    let decided = agreed.history.decided.get(&world.jobs[0].id);
    decided.is_some_and(|(decision, _)| *decision == Decision::Commit)
}

/// Runs it to its end.
fn ended(mut world: World, what: &str) -> End {
    while world.advance() {}
    let committed = is_committed(&world);
    let end = world.end();
    assert!(end.broken.is_empty(), "{what}: {:#?}", end.broken);
    assert!(committed, "{what}: the job is not committed");
    end
}

/// Has nodes crash before each thing that happens in the phases that are tried.
fn sweep(name: &str, whom: impl Fn(&World) -> Vec<Vec<NodeId>>) {
    let mut tried: BTreeMap<Phase, u64> = BTreeMap::new();
    let mut rerun = 0;
    for seed in SEEDS {
        let phases = faultless(seed);
        for (point, phase) in phases.iter().enumerate() {
            if !TRIED.contains(phase) {
                continue;
            }
            for choice in 0.. {
                let mut world = world(seed);
                (0..point).for_each(|_| assert!(world.advance()));
                let Some(nodes) = whom(&world).into_iter().nth(choice) else {
                    break;
                };
                nodes.iter().for_each(|node| world.crash(*node));
                let what = format!("seed {seed}, {phase:?}, at {point}: {nodes:?} crash");
                let end = ended(world, &what);
                let crashes = end.counts.get("crash").copied().unwrap_or(0);
                assert_eq!(crashes, nodes.len() as u64, "{what}");
                rerun += end.counts.get("attempt lost").copied().unwrap_or(0);
                *tried.entry(*phase).or_default() += 1;
            }
        }
    }
    println!("{name}: {tried:?}, {rerun} attempts were lost");
    for phase in TRIED {
        let points = tried.get(&phase).copied().unwrap_or(0);
        assert!(points >= 10, "{name}: {points} crashes while {phase:?}");
    }
    assert!(rerun > 0, "{name}: no crash hit an attempt");
}

fn leader(world: &World) -> Option<NodeId> {
    world.agreed.lock().unwrap().leader
}

#[test]
fn the_leader_crashes_at_every_point_of_a_commit() {
    sweep("the leader", |world| {
        leader(world)
            .map(|leader| vec![leader])
            .into_iter()
            .collect()
    });
}

#[test]
fn each_node_crashes_at_every_point_of_a_commit() {
    sweep("every node", |world| {
        world.nodes.keys().map(|node| vec![*node]).collect()
    });
}

#[test]
fn all_nodes_crash_at_every_point_of_a_commit() {
    sweep("all nodes", |world| {
        vec![world.nodes.keys().copied().collect()]
    });
}

#[test]
fn the_leader_crashes_at_every_record_of_a_commit() {
    let mut tried: BTreeMap<String, u64> = BTreeMap::new();
    for seed in SEEDS {
        for trouble in [
            Trouble::NotLeader,
            Trouble::UnsureAgreed,
            Trouble::UnsureLost,
        ] {
            for record in 0.. {
                let mut world = world(seed);
                while phase(&world) == Phase::Early {
                    assert!(world.advance());
                }
                world.faults.leader_crashes = true;
                world.agreed.lock().unwrap().trouble = Some((record, trouble));
                let what = format!("seed {seed}, {trouble:?} at record {record}");
                let end = ended(world, &what);
                // Beyond the job's last record.
                if !end.counts.contains_key("leader deposed") {
                    break;
                }
                assert_eq!(end.counts.get("crash"), Some(&1), "{what}");
                *tried.entry(format!("{trouble:?}")).or_default() += 1;
            }
        }
    }
    println!("the log: {tried:?}");
    assert_eq!(tried.len(), 3);
    for (trouble, records) in tried {
        assert!(records >= 10, "{trouble}: {records} records");
    }
}
