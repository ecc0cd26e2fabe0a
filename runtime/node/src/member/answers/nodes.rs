//! Nodes: listed, invited, removed.

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::Command;
use bubbles_transport::{Invitation, PeerName, Role, Validity};

use super::{agree, confirmed, failed, not_found, refused};
use crate::member::begin;
use crate::member::shared::Shared;
use crate::wire::{Denial, NodeStatus, Tell};

/// A token is to be used soon; a month is for who sets machines up slowly.
const INVITED_MAX: Duration = Duration::from_secs(30 * 86_400);

pub(super) async fn list(shared: &Shared) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    let presence = leading.window.nodes();
    let status = shared.replica.status();
    let nodes = shared.replica.read(|state| {
        let nodes = state.registry().nodes().iter();
        let node = |(id, record): (&_, &bubbles_cluster::NodeRecord)| {
            let seen = presence.get(id);
            NodeStatus {
                id: *id,
                name: record.name.clone(),
                address: record.address.clone(),
                labels: record.labels.iter().map(ToString::to_string).collect(),
                slots: record.slots,
                busy: seen.map_or(0, |seen| seen.busy.min(record.slots)),
                alive: *id == shared.me || seen.is_some_and(|seen| seen.alive),
                leader: *id == shared.me,
                draining: seen.is_some_and(|seen| seen.draining),
                voter: status.voters.contains(id),
                trouble: seen.and_then(|seen| seen.trouble.clone()),
            }
        };
        nodes.map(node).collect()
    });
    Ok(Tell::Nodes(nodes))
}

/// Makes a token. As what its bearer is let in, its certificate's name says.
pub(super) async fn invite(
    shared: &Arc<Shared>,
    role: Option<Role>,
    seconds: u64,
) -> Result<Tell, Denial> {
    confirmed(shared).await?;
    let lasting = Duration::from_secs(seconds);
    if lasting.is_zero() || lasting > INVITED_MAX {
        return Err(refused(
            "a token is good for some time, and for thirty days at most",
        ));
    }
    if role == Some(Role::Join) {
        return Err(refused(
            "a token lets in a node, an admin, a submit or a read",
        ));
    }
    let mut addresses = Vec::new();
    let mut known = vec![shared.address.clone()];
    known.extend(shared.book.addresses());
    for address in known {
        if let Ok(found) = tokio::net::lookup_host(&address).await {
            addresses.extend(found.take(1));
        }
    }
    let mut unique = std::collections::BTreeSet::new();
    addresses.retain(|address| unique.insert(*address));
    let key = begin::new_key().map_err(failed)?;
    let name = invitation_name(role, &key.public());
    let validity = Validity::starting(shared.clock.now(), lasting);
    let invitation = Invitation::issue(&shared.authority, &name, &addresses, validity, &key);
    Ok(Tell::Token(invitation.map_err(failed)?.to_text()))
}

/// `any-1f…`, `submit-9a…`: the role in front.
fn invitation_name(role: Option<Role>, key: &bubbles_transport::PublicKey) -> PeerName {
    let role = role.map_or("any", Role::as_str);
    let name = format!("{role}-{:x}", begin::node_id(key).0);
    name.parse().expect("a role and digits are a name")
}

/// The role that an invitation of this name lets in; none: a node, or an admin.
pub(super) fn invited_role(name: &PeerName) -> Option<Role> {
    let role = name.as_str().split('-').next().unwrap_or_default();
    role.parse().ok()
}

/// Takes out a node that does not come back.
pub(super) async fn remove(shared: &Shared, name: &str) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    let found = shared.replica.read(|state| {
        let mut nodes = state.registry().nodes().iter();
        let found = nodes.find(|(_, record)| record.name == name);
        found.map(|(id, record)| (*id, record.certificate))
    });
    let (node, certificate) = found.ok_or_else(|| not_found("node", name))?;
    let alive = leading
        .window
        .nodes()
        .get(&node)
        .is_some_and(|seen| seen.alive);
    if alive || node == shared.me {
        return Err(refused(format!(
            "node {name} is alive: stop it first (SIGTERM lets it finish what it does)"
        )));
    }
    agree(shared, Command::Revoke { certificate }).await?;
    agree(shared, Command::Unregister { node }).await?;
    Ok(Tell::Done)
}

#[cfg(test)]
mod tests {
    use bubbles_transport::{PrivateKey, Role};

    use super::{invitation_name, invited_role};

    #[test]
    fn a_token_says_what_it_is_for() {
        let key = PrivateKey::generate().unwrap().public();
        for role in [Role::Node, Role::Admin, Role::Submit, Role::Read] {
            assert_eq!(invited_role(&invitation_name(Some(role), &key)), Some(role));
        }
        assert_eq!(invited_role(&invitation_name(None, &key)), None);
    }
}
