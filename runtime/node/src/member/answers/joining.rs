//! Letting in: an invitation is used up, then a certificate is made.

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::{Command, Fingerprint, NodeRecord, Refusal};
use bubbles_transport::{Certificate, Connection, PeerName, PublicKey, Role, Stream, Validity};

use super::nodes::invited_role;
use super::{agree, confirmed, failed, refused};
use crate::member::begin::{self, CERTIFICATE_LASTS};
use crate::member::serve::Broken;
use crate::member::shared::Shared;
use crate::wire::{Denial, Join, Joined};

/// How long the question may take to arrive.
const ASK_WITHIN: Duration = Duration::from_secs(10);

pub(in crate::member) async fn join(
    shared: &Arc<Shared>,
    connection: &Connection,
    mut stream: Stream,
) -> Result<(), Broken> {
    let join: Join = stream.receive(ASK_WITHIN).await?;
    let peer = connection.peer();
    let invitation = Fingerprint(*peer.fingerprint.as_bytes());
    let let_in = let_in(shared, &peer.name, invitation, join).await;
    stream.send(&let_in.unwrap_or_else(Joined::No)).await?;
    Ok(stream.sending.finish()?)
}

async fn let_in(
    shared: &Shared,
    invited: &PeerName,
    invitation: Fingerprint,
    join: Join,
) -> Result<Joined, Denial> {
    confirmed(shared).await?;
    let role = invited_role(invited);
    let addresses = || {
        let mut addresses = shared.book.addresses();
        addresses.retain(|address| *address != shared.address);
        addresses.insert(0, shared.address.clone());
        addresses
    };
    let spent = shared
        .replica
        .read(|state| state.registry().is_spent(&invitation));
    if spent {
        return Err(refused(Refusal::Spent.to_string()));
    }
    match join {
        Join::Node { name, key } => {
            if role.is_some_and(|role| role != Role::Node) {
                return Err(refused(
                    "this token lets in a person, no node: `bubbles token --role node` makes one",
                ));
            }
            let id = begin::node_id(&key);
            let certificate = issue(shared, &name, Role::Node, &key)?;
            check_name(shared, &name)?;
            agree(shared, Command::Spend { invitation }).await?;
            let record = NodeRecord {
                name: name.to_string(),
                address: String::new(),
                labels: Default::default(),
                slots: 0,
                certificate: Fingerprint(*certificate.fingerprint().as_bytes()),
            };
            agree(shared, Command::Register { node: id, record }).await?;
            Ok(Joined::Node {
                id,
                certificate,
                authority: shared.authority.to_pem(),
                addresses: addresses(),
            })
        }
        Join::Person { name, key } => {
            let role = match role {
                Some(Role::Node) => {
                    return Err(refused(
                        "this token lets in a node: `bubbles token --role admin` makes one for a \
                         person",
                    ));
                }
                other => other.unwrap_or(Role::Admin),
            };
            let certificate = issue(shared, &name, role, &key)?;
            agree(shared, Command::Spend { invitation }).await?;
            Ok(Joined::Person {
                certificate,
                authority: shared.authority.certificate().clone(),
                addresses: addresses(),
            })
        }
    }
}

fn issue(
    shared: &Shared,
    name: &PeerName,
    role: Role,
    key: &PublicKey,
) -> Result<Certificate, Denial> {
    let validity = Validity::starting(shared.clock.now(), CERTIFICATE_LASTS);
    let issued = shared.authority.issue(name, role, validity, key);
    issued.map_err(failed)
}

/// A name that is taken is told before the token is used up.
fn check_name(shared: &Shared, name: &PeerName) -> Result<(), Denial> {
    let taken = shared.replica.read(|state| {
        let mut nodes = state.registry().nodes().values();
        nodes.any(|record| record.name == name.as_str())
    });
    match taken {
        false => Ok(()),
        true => Err(refused(format!(
            "another node is called {name}: choose another name, or take the old one out with \
             `bubbles nodes --remove {name}`"
        ))),
    }
}
