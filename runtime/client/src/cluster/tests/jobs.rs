//! Jobs on a cluster, watched through whatever happens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bubbles_node::Outcome;
use bubbles_node::wire::{Ask, Denial, Tell};
use bytes::Bytes;
use serde_json::json;

use super::super::testing::{
    Act, FakeNode, Lab, agrees, deployed, elsewhere, ended, no, not_found, order, running, say,
};
use super::super::{ClusterChoice, ClusterError, ClusterJob};
use crate::{Options, Pipeline, RunError, Task};

/// Counts how often a job was watched.
fn watches(node: &FakeNode) -> usize {
    node.count(|ask| matches!(ask, Ask::Watch(_)))
}

#[test]
fn another_node_goes_on_when_the_leader_dies() {
    let lab = Lab::new();
    let dead = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&dead);
    let first = lab.node("n1", move |ask| match ask {
        Ask::Watch(_) => {
            told.store(true, Ordering::SeqCst);
            vec![running(), Act::Die]
        }
        ask => agrees(ask),
    });
    let named = first.address.clone();
    let second = lab.node("n2", move |ask| match ask {
        _ if !dead.load(Ordering::SeqCst) => elsewhere(&named),
        Ask::Watch(job) => vec![running(), ended(job, Outcome::Committed)],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&second.address, &first.address]);
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    assert_eq!(job.id(), "j1");
    let report = job.wait().unwrap();
    assert!(matches!(report.outcome, Outcome::Committed));
    assert_eq!((watches(&first), watches(&second)), (1, 1));
    assert_eq!(first.submitted().len(), 1);
    assert!(second.submitted().len() <= 1, "it was only asked who leads");
    // The end is told as often as is asked.
    assert!(job.wait_timeout(Duration::ZERO).unwrap().is_some());
}

#[test]
fn a_submission_that_was_lost_is_said_again_with_the_same_id() {
    let lab = Lab::new();
    let submitted = Arc::new(AtomicUsize::new(0));
    let node = lab.node("n1", move |ask| match ask {
        Ask::Submit(_) => {
            submitted.fetch_add(1, Ordering::SeqCst);
            say(Tell::Done)
        }
        Ask::Watch(_) if submitted.load(Ordering::SeqCst) < 2 => not_found("job"),
        Ask::Watch(job) => vec![running(), ended(job, Outcome::Committed)],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&node.address]);
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    job.wait().unwrap();
    let submitted = node.submitted();
    assert_eq!(submitted.len(), 2);
    assert_eq!(submitted[0], submitted[1]);
}

#[test]
fn a_submission_without_an_answer_is_said_again() {
    let lab = Lab::new();
    let first = lab.node("n1", |ask| match ask {
        Ask::Submit(_) => vec![Act::Die],
        ask => agrees(ask),
    });
    let second = lab.node("n2", |ask| match ask {
        Ask::Watch(job) => vec![ended(job, Outcome::Committed)],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&first.address, &second.address]);
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    job.wait().unwrap();
    assert_eq!(first.submitted(), second.submitted());
}

#[test]
fn a_job_that_was_seen_is_never_begun_again() {
    let lab = Lab::new();
    let watched = Arc::new(AtomicUsize::new(0));
    let node = lab.node("n1", move |ask| match ask {
        Ask::Watch(_) if watched.fetch_add(1, Ordering::SeqCst) == 0 => vec![running()],
        Ask::Watch(_) => not_found("job"),
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&node.address]);
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    let error = job.wait().unwrap_err();
    assert!(matches!(error, ClusterError::Forgotten(_)), "{error}");
    let again = job.wait().unwrap_err();
    assert!(matches!(again, ClusterError::Unwatched(_)), "{again}");
    assert_eq!(node.submitted().len(), 1);
}

#[test]
fn it_is_cancelled_when_asked_and_left_alone_when_dropped() {
    let lab = Lab::new();
    let cancelled = Arc::new(AtomicBool::new(false));
    let node = lab.node("n1", move |ask| match ask {
        Ask::Cancel(_) => {
            cancelled.store(true, Ordering::SeqCst);
            say(Tell::Done)
        }
        Ask::Watch(job) if cancelled.load(Ordering::SeqCst) => {
            vec![ended(job, Outcome::Cancelled)]
        }
        Ask::Watch(_) => vec![running(), Act::Pause(Duration::from_millis(100))],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&node.address]);
    let cancels = || node.count(|ask| matches!(ask, Ask::Cancel(_)));
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    assert!(
        job.wait_timeout(Duration::from_millis(300))
            .unwrap()
            .is_none()
    );
    drop(job);
    assert_eq!(cancels(), 0);
    let job = ClusterJob::start(&cluster, order("j2", BTreeMap::new())).unwrap();
    job.cancel();
    assert!(matches!(job.wait().unwrap().outcome, Outcome::Cancelled));
    assert_eq!(cancels(), 1);
}

#[test]
fn trouble_is_told_while_it_lasts() {
    let lab = Lab::new();
    let healed = Arc::new(AtomicBool::new(false));
    let heals = Arc::clone(&healed);
    let node = lab.node("n1", move |ask| match ask {
        Ask::Watch(_) if !heals.load(Ordering::SeqCst) => no(Denial::NoQuorum),
        Ask::Watch(_) => vec![running(), Act::Pause(Duration::from_secs(5))],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&node.address]);
    let job = ClusterJob::start(&cluster, order("j1", BTreeMap::new())).unwrap();
    let becomes = |pick: fn(&Option<String>) -> bool| {
        for _ in 0..100 {
            assert!(
                job.wait_timeout(Duration::from_millis(100))
                    .unwrap()
                    .is_none()
            );
            if pick(&job.trouble()) {
                return;
            }
        }
        panic!("trouble: {:?}", job.trouble());
    };
    becomes(|trouble| {
        trouble
            .as_ref()
            .is_some_and(|it| it.starts_with("no quorum: "))
    });
    healed.store(true, Ordering::SeqCst);
    becomes(Option::is_none);
}

/// A pipeline with a plugin that goes by this name, on the cluster of this node.
fn run(lab: &Lab, node: &FakeNode, plugin: &str) -> Result<crate::JobReport, RunError> {
    let options = Options {
        cluster: Some(ClusterChoice::Open(lab.cluster(&[&node.address]))),
        home: Some(lab.home.clone()),
        ..Options::default()
    };
    Pipeline::new("x")
        .base(std::env::temp_dir())
        .add_task(
            Task::extract("csv")
                .config(json!({ "path": "in.csv" }))
                .read(["in.csv"])
                .env(["BUBBLES_TEST_NOT_SET_HERE"]),
        )
        .add_task(Task::transform(plugin).config(json!({ "group-by": ["a"], "count": "n" })))
        .add_task(
            Task::load("jsonl")
                .config(json!({ "path": "out/" }))
                .write(["out/"]),
        )
        .run_with(&options)
}

#[test]
fn a_pipeline_is_prepared_here_and_run_there() {
    let lab = Lab::new();
    let component = bubbles_plugins::builtin("aggregate").unwrap();
    let plugin = deployed(component, &["n1"]);
    let digest = plugin.digest;
    let nodes = Arc::new(Mutex::new(Vec::new()));
    let known = Arc::clone(&nodes);
    let node = lab.node("n1", move |ask| match ask {
        Ask::Find { name, .. } if name == "late" => say(Tell::Plugin(plugin.clone())),
        Ask::Lacks(all) => {
            let missing = all.iter().filter(|it| **it != digest).copied();
            say(Tell::Missing(missing.collect()))
        }
        Ask::Watch(job) => vec![running(), ended(job, Outcome::Committed)],
        Ask::Nodes => say(Tell::Nodes(known.lock().unwrap().clone())),
        ask => agrees(ask),
    });
    nodes.lock().unwrap().push(node.status());
    node.plugins().insert(digest, component.to_vec());
    let report = run(&lab, &node, "late").unwrap();
    assert_eq!(node.submitted(), [bubbles_node::JobId(report.job.clone())]);
    let asked = node.asked();
    let submission = asked.iter().find_map(|ask| match ask {
        Ask::Submit(submission) => Some(submission),
        _ => None,
    });
    let submission = submission.unwrap();
    assert_eq!(submission.descriptions.len(), 3);
    assert_eq!(submission.plugins[1], digest);
    drop(asked);
    // What it lacked was brought.
    assert_eq!(node.plugins().len(), 3);
    // What it had is here now: the next run does not fetch it again.
    node.plugins().remove(&digest);
    run(&lab, &node, "late").unwrap();
}

#[test]
fn a_plugin_that_nobody_deployed_is_an_error_of_the_pipeline() {
    let lab = Lab::new();
    let node = lab.node("n1", |ask| match ask {
        Ask::Find { .. } => not_found("plugin"),
        Ask::Plugins => say(Tell::Plugins(vec![deployed(b"x", &[])])),
        ask => agrees(ask),
    });
    for (plugin, message, help) in [
        (
            "lat",
            "the cluster has no plugin \"lat\"",
            "deployed are late",
        ),
        (
            "late@3",
            "the plugin \"late\" has no version 3",
            "deployed are 1.0.0",
        ),
    ] {
        let error = run(&lab, &node, plugin).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let RunError::Pipeline(error) = error else {
            panic!("{error}");
        };
        let text = format!("{error:?}");
        assert!(text.contains(&message.replace('"', "\\\"")), "{text}");
        assert!(text.contains(help), "{text}");
    }
    assert!(node.submitted().is_empty());
}

#[test]
fn plugins_that_are_gone_when_the_job_comes_are_brought_again() {
    let lab = Lab::new();
    let component = Bytes::from_static(b"component");
    let digest = *blake3::hash(&component).as_bytes();
    let submitted = AtomicUsize::new(0);
    let node = lab.node("n1", move |ask| match ask {
        Ask::Lacks(all) => say(Tell::Missing(all.clone())),
        Ask::Submit(_) if submitted.fetch_add(1, Ordering::SeqCst) == 0 => not_found("plugin"),
        Ask::Watch(job) => vec![ended(job, Outcome::Committed)],
        ask => agrees(ask),
    });
    let cluster = lab.cluster(&[&node.address]);
    let order = order("j1", BTreeMap::from([(digest, component)]));
    ClusterJob::start(&cluster, order).unwrap().wait().unwrap();
    assert_eq!(node.submitted().len(), 2);
    assert_eq!(node.plugins()[&digest], b"component");
}
