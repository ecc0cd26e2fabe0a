//! Replicas on a network in memory, and the store under openraft's own suite.

use std::collections::BTreeSet;

use bubbles_pipeline::NodeId;

use crate::{Command, NodeRecord};

mod agreement;
mod damage;
mod net;
mod suite;

/// A command that shows in the state, once for each id and name.
pub(super) fn register(node: u64, name: &str) -> Command {
    let record = NodeRecord {
        name: name.to_owned(),
        address: "there:1".to_owned(),
        labels: BTreeSet::new(),
        slots: 1,
        certificate: crate::Fingerprint([0; 32]),
    };
    Command::Register {
        node: NodeId(node),
        record,
    }
}

pub(super) fn unregister(node: u64) -> Command {
    Command::Unregister { node: NodeId(node) }
}
