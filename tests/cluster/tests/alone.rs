//! The ledger on one machine, with no cluster: the guests, the pipeline and the oracle fit together.

use std::fs;
use std::path::Path;

use bubbles_cluster_tests::cli;
use bubbles_cluster_tests::client::Client;
use bubbles_cluster_tests::job::{Job, Plan};
use bubbles_cluster_tests::network::Network;
use bubbles_cluster_tests::process::Ended;
use bubbles_cluster_tests::programs::Programs;
use tempfile::TempDir;

use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[(
    "a_ledger_run_alone_is_exact_and_spoilt_it_is_not",
    Needs::Nothing,
    alone,
)];

fn alone() {
    // One home for all: the guests are compiled once.
    let folder = TempDir::new().unwrap();
    exact(folder.path());
    found(folder.path());
}

fn run(folder: &Path, plan: Plan, name: &str) -> (Job, Ended) {
    let programs = Programs::find().unwrap();
    let job = plan.write(&programs, folder, name).unwrap();
    let client = Client::new(&programs.bubbles().unwrap(), &folder.join("home"));
    let ended = client.run(&Network::Loopback, cli::run_alone(&job.pipeline));
    (job, ended.unwrap())
}

fn exact(folder: &Path) {
    for (name, steady) in [("steady", true), ("scrambled", false)] {
        let plan = Plan {
            split_ms: vec![0, 100, 300],
            partition_ms: vec![50, 0],
            steady,
            ..Plan::new(7, 0)
        };
        let (job, ended) = run(folder, plan, name);
        assert_eq!(ended.code, Some(0), "{ended}");
        let verdict = job.verdict().unwrap();
        assert!(verdict.is_exact(), "{verdict}");
        assert_eq!(verdict.rows, job.rows());
        assert!(job.rows() > 1_000, "{} rows try nothing", job.rows());
    }
}

fn found(folder: &Path) {
    let (job, ended) = run(folder, Plan::new(3, 0), "spoilt");
    assert_eq!(ended.code, Some(0), "{ended}");
    let part = job.output.join("part-00001.jsonl");
    let text = fs::read_to_string(&part).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    fs::write(&part, rest).unwrap();
    let verdict = job.verdict().unwrap();
    assert!(verdict.to_string().contains("1 lost"), "{verdict}\n{first}");
    fs::write(&part, format!("{text}{first}\n")).unwrap();
    let verdict = job.verdict().unwrap();
    assert!(verdict.to_string().contains("1 doubled"), "{verdict}");
}
