//! How a node becomes one: it makes a cluster, or is let into one, once in its life.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bubbles_pipeline::NodeId;
use bubbles_transport::{
    Authority, ConnectError, Connection, Endpoint, EndpointConfig, Identity, Invitation, PeerName,
    PrivateKey, PublicKey, Revoked, Role, Seams, Validity,
};

use super::MemberError;
use super::clock::Clock;
use super::folder::{DataFolder, Membership};
use crate::Profile;
use crate::wire::{Denial, Join, Joined};

/// The authority of a cluster is never renewed: longer than any cluster.
const AUTHORITY_LASTS: Duration = Duration::from_secs(20 * 365 * 86_400);

/// A certificate of a node or a person.
pub(super) const CERTIFICATE_LASTS: Duration = Duration::from_secs(365 * 86_400);

/// How long a question to be let in may take: the leader has it agreed.
const JOIN_WITHIN: Duration = Duration::from_secs(15);

/// How often another node is tried because the one before named it.
const REDIRECTS_MAX: u32 = 8;

/// An id follows from the key, so that no two nodes have the same; 48 bits, which every reader of
/// JSON keeps whole.
pub(super) fn node_id(key: &PublicKey) -> NodeId {
    let hash = blake3::hash(key.as_bytes());
    let mut bytes = [0; 8];
    bytes[..6].copy_from_slice(&hash.as_bytes()[..6]);
    NodeId(u64::from_le_bytes(bytes))
}

/// Makes a new cluster, whose first node this is, and a profile of its first admin.
pub(super) fn found(
    folder: &DataFolder,
    name: &PeerName,
    address: &str,
    clock: &Clock,
) -> Result<Membership, MemberError> {
    let now = clock.now();
    let authority = Authority::new(new_key()?, Validity::starting(now, AUTHORITY_LASTS))
        .map_err(MemberError::identity)?;
    let key = new_key()?;
    let id = node_id(&key.public());
    let lasting = Validity::starting(now, CERTIFICATE_LASTS);
    let identity = authority
        .identity(name, Role::Node, lasting, key)
        .map_err(MemberError::identity)?;
    let admin_name: PeerName = format!("admin-{:x}", id.0 & 0xffff_ffff)
        .parse()
        .map_err(MemberError::identity)?;
    let admin = authority
        .identity(&admin_name, Role::Admin, lasting, new_key()?)
        .map_err(MemberError::identity)?;
    let profile = Profile {
        identity: admin,
        addresses: vec![address.to_owned()],
    };
    profile
        .save(&folder.part("admin"))
        .map_err(MemberError::identity)?;
    let membership = Membership {
        id,
        name: name.clone(),
        identity,
        authority,
        addresses: vec![address.to_owned()],
    };
    folder.keep(&membership)?;
    Ok(membership)
}

/// Asks to be let into a cluster, with an invitation.
pub(super) async fn join(
    folder: &DataFolder,
    name: &PeerName,
    invitation: &Invitation,
    seams: &Seams,
) -> Result<Membership, MemberError> {
    let key = new_key()?;
    let ask = Join::Node {
        name: name.clone(),
        key: key.public(),
    };
    let joined = ask_to_join(invitation, &ask, seams).await?;
    let Joined::Node {
        id,
        certificate,
        authority,
        addresses,
    } = joined
    else {
        return Err(MemberError::Refused(
            "an answer that was not asked for".to_owned(),
        ));
    };
    let authority = Authority::from_pem(&authority).map_err(MemberError::identity)?;
    if authority.fingerprint() != invitation.authority() {
        return Err(MemberError::Refused(
            "the token names another cluster than the node that answered".to_owned(),
        ));
    }
    let identity = Identity::new(key, certificate, authority.certificate().clone())
        .map_err(MemberError::identity)?;
    let membership = Membership {
        id,
        name: name.clone(),
        identity,
        authority,
        addresses,
    };
    folder.keep(&membership)?;
    Ok(membership)
}

/// Asks the nodes that the invitation names, one after the other, and who they name.
async fn ask_to_join(
    invitation: &Invitation,
    ask: &Join,
    seams: &Seams,
) -> Result<Joined, MemberError> {
    let mut left: Vec<SocketAddr> = invitation.addresses().iter().rev().copied().collect();
    let mut said = MemberError::Refused("the token names no node".to_owned());
    let mut redirects = 0;
    while let Some(address) = left.pop() {
        match ask_one(invitation, address, ask, seams).await {
            Ok(Joined::No(Denial::NotLeader {
                address: Some(other),
            })) if redirects < REDIRECTS_MAX => {
                redirects += 1;
                if let Ok(mut found) = tokio::net::lookup_host(&other).await {
                    left.extend(found.next());
                }
            }
            Ok(Joined::No(denial)) => said = MemberError::Refused(denial.to_string()),
            Ok(joined) => return Ok(joined),
            Err(error) => said = error,
        }
    }
    Err(said)
}

async fn ask_one(
    invitation: &Invitation,
    address: SocketAddr,
    ask: &Join,
    seams: &Seams,
) -> Result<Joined, MemberError> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let endpoint = Endpoint::bind(EndpointConfig {
        address: any,
        identity: None,
        revoked: Revoked::default(),
        seams: seams.clone(),
    })
    .map_err(MemberError::identity)?;
    let asked = async {
        let connection = endpoint.connect_with(address, invitation).await;
        let connection: Connection = connection.map_err(|error| unwelcome(address, &error))?;
        bubbles_transport::call(&connection, ask, JOIN_WITHIN)
            .await
            .map_err(|error| MemberError::Refused(error.to_string()))
    };
    let answer = asked.await;
    endpoint.shutdown().await;
    answer
}

fn unwelcome(address: SocketAddr, error: &ConnectError) -> MemberError {
    let mut text = error.to_string();
    if let ConnectError::Refused { .. } = error {
        text.push_str(": the token may have expired; `bubbles token` makes a new one");
    }
    MemberError::Join { address, text }
}

pub(super) fn new_key() -> Result<PrivateKey, MemberError> {
    PrivateKey::generate().map_err(MemberError::identity)
}

/// A certificate that is old is made anew: every node has the authority.
pub(super) fn renewed(
    membership: &Membership,
    age: Duration,
    clock: &Clock,
) -> Result<Option<Identity>, MemberError> {
    if age < CERTIFICATE_LASTS * 2 / 3 {
        return Ok(None);
    }
    let lasting = Validity::starting(clock.now(), CERTIFICATE_LASTS);
    let identity = membership
        .authority
        .identity(&membership.name, Role::Node, lasting, new_key()?)
        .map_err(MemberError::identity)?;
    Ok(Some(identity))
}
