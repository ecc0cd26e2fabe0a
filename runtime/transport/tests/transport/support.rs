//! A cluster's authority, endpoints, messages, deadlines.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use bubbles_transport::{
    Authority, Connection, Endpoint, EndpointConfig, Frame, Identity, PeerName, PrivateKey,
    Protocol, ReceiveError, Revoked, Role, Seams, Validity,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::task::JoinSet;

/// A test that takes longer has failed. Long, for a machine that does much else.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// For what is to arrive.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// For what is to stay away: the least time by which one knows.
pub(crate) const MOMENT: Duration = Duration::from_millis(150);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE, future).await;
    done.expect("not done in time")
}

/// Memory is measured for the whole process: who measures is alone in it.
static PROCESS: RwLock<()> = RwLock::const_new(());

pub(crate) async fn among_others() -> RwLockReadGuard<'static, ()> {
    PROCESS.read().await
}

pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    PROCESS.write().await
}

pub(crate) fn authority() -> Authority {
    let validity = Validity::starting(SystemTime::now(), 24 * HOUR);
    Authority::new(PrivateKey::generate().unwrap(), validity).unwrap()
}

pub(crate) fn name(text: &str) -> PeerName {
    text.parse().unwrap()
}

pub(crate) fn now_for_an_hour() -> Validity {
    Validity::starting(SystemTime::now(), HOUR)
}

pub(crate) fn identity(authority: &Authority, text: &str, role: Role) -> Identity {
    identity_for(authority, text, role, now_for_an_hour())
}

pub(crate) fn identity_for(
    authority: &Authority,
    text: &str,
    role: Role,
    validity: Validity,
) -> Identity {
    let key = PrivateKey::generate().unwrap();
    authority
        .identity(&name(text), role, validity, key)
        .unwrap()
}

pub(crate) fn endpoint(identity: Option<Identity>, revoked: &Revoked) -> Endpoint {
    endpoint_at(Ipv4Addr::LOCALHOST, identity, revoked)
}

pub(crate) fn endpoint_at(ip: Ipv4Addr, identity: Option<Identity>, revoked: &Revoked) -> Endpoint {
    let config = EndpointConfig {
        address: SocketAddr::from((ip, 0)),
        identity,
        revoked: revoked.clone(),
        seams: Seams::system(),
    };
    Endpoint::bind(config).unwrap()
}

pub(crate) fn node(authority: &Authority, text: &str) -> Endpoint {
    let identity = identity(authority, text, Role::Node);
    endpoint(Some(identity), &Revoked::default())
}

/// Two nodes and a connection between them: who opened it, who accepted it.
pub(crate) async fn connected(protocol: Protocol) -> (Connection, Connection, [Endpoint; 2]) {
    let authority = authority();
    let (near, far) = (node(&authority, "near"), node(&authority, "far"));
    let address = far.local_address().unwrap();
    let (opened, accepted) = tokio::join!(near.connect(address, protocol), far.accept());
    (opened.unwrap(), accepted.unwrap(), [near, far])
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) number: u32,
    pub(crate) text: String,
}

impl Frame for Note {
    const KIND: u8 = 1;
    const LIMIT: usize = 64 << 10;
}

pub(crate) fn note(number: u32) -> Note {
    let text = format!("note {number}");
    Note { number, text }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Long(pub(crate) String);

impl Frame for Long {
    const KIND: u8 = 2;
    const LIMIT: usize = bubbles_transport::MAX_FRAME_BYTES;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Nothing;

impl Frame for Nothing {
    const KIND: u8 = 3;
    const LIMIT: usize = 0;
}

/// Answers each note with the same one, as a node would: every wait has an end,
/// and a question that does not come in time costs the peer its connection.
pub(crate) async fn echo(connection: Connection, patience: Duration) {
    let mut answers = JoinSet::new();
    while let Ok(mut stream) = connection.accept().await {
        while answers.try_join_next().is_some() {}
        answers.spawn(async move {
            let asked: Result<Note, ReceiveError> = stream.receive(patience).await;
            if let Ok(asked) = asked {
                let answer = async {
                    stream.send(&asked).await.ok();
                    stream.sending.finish().ok();
                };
                tokio::time::timeout(patience, answer).await.ok();
            }
        });
    }
}

/// Echoes to all who come, until the endpoint closes.
pub(crate) async fn serve(endpoint: &Endpoint, patience: Duration) {
    let mut peers = JoinSet::new();
    while let Some(connection) = endpoint.accept().await {
        peers.spawn(echo(connection, patience));
    }
}
