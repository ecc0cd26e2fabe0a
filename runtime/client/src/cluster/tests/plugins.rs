//! Plugins on their way.

use std::sync::{Arc, Mutex};

use bubbles_node::wire::{Ask, Denial, NodeStatus, PluginStatus, Tell};

use super::super::testing::{Act, FakeNode, Lab, deployed, no, say};
use super::super::{Cluster, ClusterError};

/// Larger than what a stream takes at once.
fn component() -> Vec<u8> {
    (0..700_000_u32)
        .map(|number| (number % 251) as u8)
        .collect()
}

#[test]
fn a_plugin_is_brought_and_then_deployed() {
    let lab = Lab::new();
    let node = lab.node("n1", |ask| match ask {
        Ask::Lacks(all) => say(Tell::Missing(all.clone())),
        Ask::Deploy {
            name,
            version,
            digest,
        } => say(Tell::Deployed(PluginStatus {
            name: name.clone(),
            version: version.clone().unwrap_or_else(|| "1".to_owned()),
            digest: *digest,
            size_bytes: 1,
            held_by: Vec::new(),
        })),
        other => panic!("{other:?}"),
    });
    let cluster = lab.cluster(&[&node.address]);
    let plugin = cluster.deploy(component(), "late", Some("1.2.0")).unwrap();
    assert_eq!(plugin.version, "1.2.0");
    assert_eq!(node.plugins()[&plugin.digest], component());
    assert_eq!(
        cluster.deploy(component(), "late", None).unwrap().version,
        "1"
    );
}

#[test]
fn names_that_no_pipeline_could_write_are_refused_here() {
    let lab = Lab::new();
    let cluster = lab.cluster(&["127.0.0.1:9"]);
    let refused = |name: &str, version| {
        let error = cluster.deploy(Vec::new(), name, version).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
        error
    };
    assert!(matches!(refused("csv", None), ClusterError::BuiltIn(_)));
    for name in ["", "a/b", "late.v2", "a b"] {
        assert!(matches!(refused(name, None), ClusterError::BadName { .. }));
    }
    let error = refused("late", Some("1 0"));
    assert_eq!(
        error.to_string(),
        "\"1 0\" cannot be the version of a plugin"
    );
}

#[test]
fn another_plugin_under_the_same_version_is_refused_there() {
    let lab = Lab::new();
    let refused = Denial::Refused {
        message: "late 1.0.0 is another plugin".to_owned(),
    };
    let node = lab.node("n1", move |ask| match ask {
        Ask::Lacks(_) => say(Tell::Missing(Vec::new())),
        _ => no(refused.clone()),
    });
    let cluster = lab.cluster(&[&node.address]);
    let error = cluster
        .deploy(component(), "late", Some("1.0.0"))
        .unwrap_err();
    assert_eq!(error.to_string(), "late 1.0.0 is another plugin");
    assert_eq!(error.exit_code(), 2);
}

/// Three nodes, the first of which leads, and a cluster of them.
fn three(lab: &Lab) -> ([FakeNode; 3], Cluster) {
    let all: Arc<Mutex<Vec<NodeStatus>>> = Arc::default();
    let known = Arc::clone(&all);
    let nodes = [
        lab.node("n1", move |_| {
            vec![Act::Say(Tell::Nodes(known.lock().unwrap().clone()))]
        }),
        lab.node("n2", |_| Vec::new()),
        lab.node("n3", |_| Vec::new()),
    ];
    all.lock()
        .unwrap()
        .extend(nodes.iter().map(FakeNode::status));
    let cluster = lab.cluster(&[&nodes[0].address]);
    (nodes, cluster)
}

#[test]
fn a_plugin_is_fetched_from_whoever_has_it_whole() {
    let lab = Lab::new();
    let (nodes, cluster) = three(&lab);
    let plugin = deployed(&component(), &["n2", "n3"]);
    // The first has nothing, the second something else, the third has it.
    let mut other = component();
    other[5] ^= 1;
    nodes[1].plugins().insert(plugin.digest, other);
    nodes[2].plugins().insert(plugin.digest, component());
    let fetched = cluster.fetch_plugin(&plugin, &lab.home.cache).unwrap();
    assert!(fetched == component());
    for node in &nodes[1..] {
        assert_eq!(node.offsets(), [0]);
    }
}

#[test]
fn a_fetch_that_broke_off_goes_on_elsewhere() {
    let lab = Lab::new();
    let (nodes, cluster) = three(&lab);
    let plugin = deployed(&component(), &["n2"]);
    for node in &nodes[1..] {
        node.plugins().insert(plugin.digest, component());
    }
    nodes[1].breaks_off_after(300_000);
    let fetched = cluster.fetch_plugin(&plugin, &lab.home.cache).unwrap();
    assert!(fetched == component());
    assert_eq!(nodes[1].offsets(), [0]);
    let elsewhere = [nodes[0].offsets(), nodes[2].offsets()].concat();
    assert!(elsewhere.iter().any(|offset| *offset > 0), "{elsewhere:?}");
}

#[test]
fn a_plugin_that_nobody_has_any_more_is_told() {
    let lab = Lab::new();
    let (_nodes, cluster) = three(&lab);
    let plugin = deployed(&component(), &[]);
    let error = cluster.fetch_plugin(&plugin, &lab.home.cache).unwrap_err();
    assert!(error.to_string().contains("\"late\""), "{error}");
    assert_eq!(error.exit_code(), 3);
}
