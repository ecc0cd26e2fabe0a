//! Who belongs to the cluster and which plugins it has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bubbles_pipeline::{Label, NodeId};
use serde::{Deserialize, Serialize};

/// Plugins kept under one name: enough to go back to any version of the last months.
const VERSIONS_KEPT: usize = 100;

/// A certificate, told by a digest of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// What people call it.
    pub name: String,
    /// Where other nodes reach it: `host:port`.
    pub address: String,
    /// What `on` may call it.
    pub labels: BTreeSet<Label>,
    /// Attempts that it runs at once.
    pub slots: u32,
    /// Its certificate: revoked when the node is removed.
    pub certificate: Fingerprint,
}

/// A plugin of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRecord {
    /// As deployed, such as `1.2.0`.
    pub version: String,
    /// BLAKE3 of its component.
    pub digest: [u8; 32],
    /// Bytes of its component.
    pub size_bytes: u64,
    /// Nodes that had it when it was deployed.
    pub held_by: Vec<NodeId>,
}

/// Members, invitations and plugins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Registry {
    nodes: BTreeMap<NodeId, NodeRecord>,
    spent: BTreeSet<Fingerprint>,
    revoked: BTreeSet<Fingerprint>,
    plugins: BTreeMap<String, Vec<PluginRecord>>,
}

impl Registry {
    /// All members.
    #[must_use]
    pub fn nodes(&self) -> &BTreeMap<NodeId, NodeRecord> {
        &self.nodes
    }

    /// Certificates that are good no longer.
    #[must_use]
    pub fn revoked(&self) -> &BTreeSet<Fingerprint> {
        &self.revoked
    }

    /// Whether this invitation has been used.
    #[must_use]
    pub fn is_spent(&self, invitation: &Fingerprint) -> bool {
        self.spent.contains(invitation)
    }

    /// All plugins by name, the newest deployment of each last.
    #[must_use]
    pub fn plugins(&self) -> &BTreeMap<String, Vec<PluginRecord>> {
        &self.plugins
    }

    /// The plugin of this name: of this version, or the one deployed last.
    #[must_use]
    pub fn plugin(&self, name: &str, version: Option<&str>) -> Option<&PluginRecord> {
        let versions = self.plugins.get(name)?;
        match version {
            Some(version) => versions.iter().rfind(|record| record.version == version),
            None => versions.last(),
        }
    }

    pub(crate) fn register(&mut self, node: NodeId, record: NodeRecord) -> bool {
        let taken = self
            .nodes
            .iter()
            .any(|(other, known)| *other != node && known.name == record.name);
        if !taken {
            self.nodes.insert(node, record);
        }
        !taken
    }

    pub(crate) fn unregister(&mut self, node: NodeId) {
        self.nodes.remove(&node);
    }

    /// Whether it was good until now.
    pub(crate) fn spend(&mut self, invitation: Fingerprint) -> bool {
        self.spent.insert(invitation)
    }

    pub(crate) fn revoke(&mut self, certificate: Fingerprint) {
        self.revoked.insert(certificate);
    }

    /// Whether it is there now: a version is one plugin for ever.
    pub(crate) fn publish(&mut self, name: String, record: PluginRecord) -> bool {
        let versions = self.plugins.entry(name).or_default();
        if let Some(known) = versions.iter().find(|it| it.version == record.version) {
            return known.digest == record.digest;
        }
        versions.push(record);
        if versions.len() > VERSIONS_KEPT {
            versions.remove(0);
        }
        true
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(version: &str, digest: u8) -> PluginRecord {
        PluginRecord {
            version: version.to_owned(),
            digest: [digest; 32],
            size_bytes: 1,
            held_by: Vec::new(),
        }
    }

    #[test]
    fn a_version_is_one_plugin_for_ever() {
        let mut registry = Registry::default();
        assert!(registry.publish("late".to_owned(), plugin("1.0.0", 1)));
        assert!(registry.publish("late".to_owned(), plugin("1.0.0", 1)));
        assert!(!registry.publish("late".to_owned(), plugin("1.0.0", 2)));
        assert!(registry.publish("late".to_owned(), plugin("1.1.0", 2)));
        assert_eq!(registry.plugin("late", None).unwrap().digest, [2; 32]);
        assert_eq!(
            registry.plugin("late", Some("1.0.0")).unwrap().digest,
            [1; 32]
        );
        assert_eq!(registry.plugin("late", Some("2.0.0")), None);
    }

    #[test]
    fn an_invitation_is_good_once() {
        let mut registry = Registry::default();
        assert!(registry.spend(Fingerprint([7; 32])));
        assert!(!registry.spend(Fingerprint([7; 32])));
        assert!(registry.is_spent(&Fingerprint([7; 32])));
    }
}
