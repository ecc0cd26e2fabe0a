//! The sockets of a client, and connecting from them to whichever node answers first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bubbles_transport::{
    Closed, ConnectError, Connection, Endpoint, EndpointConfig, Identity, Invitation, Protocol,
    Refusal, Revoked, Seams,
};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::error::ClusterError;
use super::search::Setback;

/// Between the tries of two addresses: a node that is there has answered by then.
const STAGGER: Duration = Duration::from_millis(250);

/// For one address: a handshake takes two round trips.
const CONNECT: Duration = Duration::from_secs(2);

/// Addresses of one DNS name that are tried.
const RESOLVED: usize = 4;

/// For the word that this side goes. It is on its way at once; who misses it notices in eight seconds.
const GOODBYE: Duration = Duration::from_millis(50);

/// By what right this side connects.
pub(super) enum Right {
    /// As somebody.
    Identity(Box<Identity>),
    /// To become somebody.
    Invitation(Box<Invitation>),
}

/// The sockets of a client: one for each family of addresses, once there is one to connect to.
pub(super) struct Sockets {
    right: Right,
    bound: Mutex<[Option<Arc<Endpoint>>; 2]>,
}

/// Why one address gave no connection.
#[derive(Debug)]
pub(super) enum Away {
    /// Another may.
    Setback(Setback),
    /// No other will.
    Shut(ClusterError),
}

/// What came of trying several addresses.
pub(super) struct Tried {
    /// Those that gave none.
    pub(super) failed: Vec<(String, Away)>,
    /// The first that gave one.
    pub(super) met: Option<(String, Connection)>,
}

impl Sockets {
    pub(super) fn new(right: Right) -> Self {
        Self {
            right,
            bound: Mutex::default(),
        }
    }

    /// Tries the addresses, one a little after the other, until one answers.
    pub(super) async fn connect_any(
        self: &Arc<Self>,
        addresses: Vec<String>,
        protocol: Protocol,
        within: Duration,
    ) -> Tried {
        let within = within.min(CONNECT);
        let mut waiting = addresses.into_iter();
        let mut tries = JoinSet::new();
        let mut failed = Vec::new();
        let mut start = |tries: &mut JoinSet<_>| {
            let Some(address) = waiting.next() else {
                return false;
            };
            let sockets = Arc::clone(self);
            tries.spawn(async move {
                let met = sockets.connect(&address, protocol, within).await;
                (address, met)
            });
            true
        };
        let mut more = start(&mut tries);
        loop {
            tokio::select! {
                biased;
                ended = tries.join_next() => match ended {
                    Some(Ok((address, Ok(connection)))) => {
                        let met = Some((address, connection));
                        return Tried { failed, met };
                    }
                    Some(Ok((address, Err(away)))) => {
                        failed.push((address, away));
                        more = more && start(&mut tries);
                    }
                    // A try that panicked has said so on standard error.
                    Some(Err(_)) => more = more && start(&mut tries),
                    None => return Tried { failed, met: None },
                },
                () = sleep(STAGGER), if more => more = start(&mut tries),
            }
        }
    }

    /// Connects to one node, by its name or address.
    pub(super) async fn connect(
        &self,
        address: &str,
        protocol: Protocol,
        within: Duration,
    ) -> Result<Connection, Away> {
        let unreachable = |why: String| Away::Setback(Setback::Unreachable(why));
        let connecting = async {
            let found = tokio::net::lookup_host(address).await;
            let found = found.map_err(|error| unreachable(format!("{address}: {error}")))?;
            let mut last = unreachable(format!("{address}: no such host"));
            for socket_address in found.take(RESOLVED) {
                match self.connect_to(socket_address, protocol).await {
                    Ok(connection) => return Ok(connection),
                    Err(away) => last = away,
                }
            }
            Err(last)
        };
        let connected = timeout(within, connecting).await;
        connected.unwrap_or_else(|_| Err(unreachable(format!("nobody answers at {address}"))))
    }

    async fn connect_to(
        &self,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<Connection, Away> {
        let endpoint = self.endpoint(address.is_ipv6()).map_err(Away::Shut)?;
        let connected = match &self.right {
            Right::Identity(_) => endpoint.connect(address, protocol).await,
            Right::Invitation(invitation) => endpoint.connect_with(address, invitation).await,
        };
        connected.map_err(|error| away(address, error))
    }

    fn endpoint(&self, v6: bool) -> Result<Arc<Endpoint>, ClusterError> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let place = &mut bound[usize::from(v6)];
        if let Some(endpoint) = place {
            return Ok(Arc::clone(endpoint));
        }
        let any = match v6 {
            true => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            false => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let identity = match &self.right {
            Right::Identity(identity) => Some(Identity::clone(identity)),
            Right::Invitation(_) => None,
        };
        let endpoint = Endpoint::bind(EndpointConfig {
            address: SocketAddr::new(any, 0),
            identity,
            revoked: Revoked::default(),
            seams: Seams::system(),
        });
        let endpoint = Arc::new(endpoint.map_err(ClusterError::Socket)?);
        *place = Some(Arc::clone(&endpoint));
        Ok(endpoint)
    }

    /// Closes all connections, and lets the nodes know.
    pub(super) async fn shutdown(&self) {
        let bound = {
            let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *bound)
        };
        for endpoint in bound.into_iter().flatten() {
            timeout(GOODBYE, endpoint.shutdown()).await.ok();
        }
    }
}

/// What a failure to connect means for the search.
fn away(address: SocketAddr, error: ConnectError) -> Away {
    match error {
        ConnectError::Refused { refusal, reason } => match refusal {
            Refusal::Revoked | Refusal::Expired | Refusal::Forbidden => {
                Away::Shut(ClusterError::Refused(refusal))
            }
            Refusal::Unidentified | Refusal::OtherVersion => Away::Setback(Setback::Stranger(
                format!("the node at {address} refuses this side: {refusal}"),
            )),
            _ => Away::Setback(Setback::Unreachable(format!(
                "{address}: {refusal} {reason}"
            ))),
        },
        error @ ConnectError::NotTrusted { .. } => {
            Away::Setback(Setback::Stranger(error.to_string()))
        }
        ConnectError::Closed(Closed::Here) => Away::Shut(ClusterError::Closed),
        error @ (ConnectError::NoAnswer(_)
        | ConnectError::Address { .. }
        | ConnectError::Closed(_)) => Away::Setback(Setback::Unreachable(error.to_string())),
        error @ (ConnectError::NoIdentity
        | ConnectError::Forbidden(_)
        | ConnectError::Identity(_)) => Away::Shut(ClusterError::Connect(error)),
    }
}
