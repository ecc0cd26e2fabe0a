//! Many jobs of many people at once.

use bubbles_cluster_tests::cli::Role;
use bubbles_cluster_tests::client::Client;
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;

use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[("many_jobs_of_many_clients", Needs::Nothing, at_once)];

const CLIENTS: usize = 8;
const JOBS_EACH: usize = 8;

/// What a node may have grown by, for all jobs together: chunks have a budget of 64 MiB, the rest is
/// instances.
const GROWTH_BYTES: u64 = 256 << 20;

fn at_once() {
    let cluster = setting::cluster(3, 2);
    let before = resident_bytes(&cluster);
    let person = |number| cluster.person(&format!("person{number}"), Role::Submit);
    let clients: Vec<Client> = (0..CLIENTS).map(|it| person(it).unwrap()).collect();
    let mut jobs = Vec::new();
    for round in 0..JOBS_EACH {
        for (number, client) in clients.iter().enumerate() {
            let plan = Plan {
                parallelism: 2,
                steady: (round + number) % 2 == 0,
                ..Plan::new(3, 50)
            };
            let name = format!("many-{number}-{round}");
            jobs.push(Running::start(&cluster, client, plan, &name));
        }
    }
    assert_eq!(jobs.len(), CLIENTS * JOBS_EACH);
    for job in jobs {
        job.exact();
    }
    for (node, (before, after)) in before.iter().zip(resident_bytes(&cluster)).enumerate() {
        let grown = after.saturating_sub(*before);
        assert!(grown < GROWTH_BYTES, "node {node} grew by {grown} bytes");
    }
}

fn resident_bytes(cluster: &Cluster) -> Vec<u64> {
    let nodes = cluster.nodes.iter();
    nodes.map(|node| node.resident_bytes().unwrap()).collect()
}
