//! A place on the network: connects to nodes and, if it is a node, lets others in.

mod connect;
mod gate;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use quinn::AsyncUdpSocket;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use self::connect::ConnectError;
use self::gate::Gate;
use crate::closed::Refusal;
use crate::connection::Connection;
use crate::identity::Identity;
use crate::limits;
use crate::peer::Role;
use crate::quic::Roll;
use crate::revoked::Revoked;
use crate::seams::{QuicClock, Seams};
use crate::tls;

/// What an endpoint is made of.
#[derive(Debug)]
pub struct EndpointConfig {
    /// Where to listen; port 0 has the system choose one. Unused if the seams have a socket.
    pub address: SocketAddr,
    /// Who this is. With none, it can do no more than ask to be let in by an invitation.
    pub identity: Option<Identity>,
    /// Whom not to believe any more.
    pub revoked: Revoked,
    /// What it takes from the world.
    pub seams: Seams,
}

/// Why there is no endpoint.
#[derive(Debug, Error)]
pub enum BindError {
    /// The socket cannot be had.
    #[error("cannot use the UDP address {address}")]
    Socket {
        /// Which was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The identity is unusable: its certificate or its authority's is none that TLS takes.
    #[error("the identity cannot be used")]
    Identity(#[source] rustls::Error),
}

/// A UDP socket and the connections on it. A node's lets others in; a person's
/// only connects.
///
/// Dropping it closes the socket and all connections at once, without a word to
/// the peers that is sure to arrive: [`Endpoint::shutdown`] takes the time for that.
#[derive(Debug)]
#[must_use = "it is closed when it is dropped"]
pub struct Endpoint {
    quinn: quinn::Endpoint,
    identity: Option<Identity>,
    revoked: Revoked,
    seams: Seams,
    roll: Roll,
    arrivals: tokio::sync::Mutex<mpsc::Receiver<Connection>>,
    /// The gate's loop, which owns the handshakes. Aborted with the endpoint.
    tasks: Mutex<JoinSet<()>>,
}

impl Endpoint {
    /// Takes the address, and begins to let others in if it is a node. Wants a
    /// Tokio runtime around it.
    pub fn bind(config: EndpointConfig) -> Result<Self, BindError> {
        let EndpointConfig {
            address,
            identity,
            revoked,
            seams,
        } = config;
        let node = identity
            .as_ref()
            .filter(|identity| identity.peer().role == Role::Node);
        // No one else has a certificate that a client takes for a server's.
        let server = node.map(|identity| server_config(identity, &revoked, &seams));
        let server = server.transpose().map_err(BindError::Identity)?;
        let lets_in = server.is_some();
        let quinn = bind_socket(address, &seams)
            .and_then(|socket| {
                let runtime = seams.runtime.clone();
                let config = endpoint_config(&seams);
                quinn::Endpoint::new_with_abstract_socket(config, server, socket, runtime)
            })
            .map_err(|source| BindError::Socket { address, source })?;
        let roll = Roll::default();
        let (arrived, arrivals) = mpsc::channel(limits::MAX_ARRIVALS);
        let mut tasks = JoinSet::new();
        if lets_in {
            let gate = Gate {
                quinn: quinn.clone(),
                roll: roll.clone(),
                revoked: revoked.clone(),
                arrived,
            };
            tasks.spawn(Arc::new(gate).keep());
        }
        Ok(Self {
            quinn,
            identity,
            revoked,
            seams,
            roll,
            arrivals: tokio::sync::Mutex::new(arrivals),
            tasks: Mutex::new(tasks),
        })
    }

    /// The next connection from someone whose certificate is in order and whose
    /// role may speak its protocol. Nothing of theirs has been read. None comes
    /// after the shutdown, or to who is no node.
    pub async fn accept(&self) -> Option<Connection> {
        self.arrivals.lock().await.recv().await
    }

    /// Where it listens, with the port that the system chose.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.quinn.local_addr()
    }

    /// Closes the connections with those who are revoked by now, and says how
    /// many it closed. Those that come later are refused in the handshake.
    pub fn drop_revoked(&self) -> usize {
        self.roll.drop_revoked(&self.revoked)
    }

    /// Lets no one in any more, closes all connections and waits until the peers
    /// know, for two seconds at most. A second call finds nothing to do.
    pub async fn shutdown(&self) {
        self.quinn
            .close(Refusal::ShuttingDown.var_int(), b"shutting down");
        let mut tasks = {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        tasks.shutdown().await;
        // A peer that does not answer learns it when it hears nothing any more.
        timeout(limits::SHUTDOWN, self.quinn.wait_idle()).await.ok();
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.quinn
            .close(Refusal::ShuttingDown.var_int(), b"dropped");
    }
}

fn bind_socket(address: SocketAddr, seams: &Seams) -> io::Result<Arc<dyn AsyncUdpSocket>> {
    match &seams.socket {
        Some(socket) => Ok(socket.clone()),
        None => {
            let socket = std::net::UdpSocket::bind(address)?;
            seams.runtime.wrap_udp_socket(socket)
        }
    }
}

fn endpoint_config(seams: &Seams) -> quinn::EndpointConfig {
    let mut config = quinn::EndpointConfig::default();
    config.rng_seed(seams.seed);
    // The one version that there is, and not the drafts before it.
    config.supported_versions(vec![QUIC_V1]);
    config
}

/// RFC 9000.
const QUIC_V1: u32 = 1;

fn server_config(
    identity: &Identity,
    revoked: &Revoked,
    seams: &Seams,
) -> Result<quinn::ServerConfig, rustls::Error> {
    let tls = tls::server(identity, revoked, seams.clock.clone())?;
    let mut tokens = quinn::ValidationTokenConfig::default();
    // Addresses are proved at each connection that has to: there is nothing to remember.
    tokens.sent(0);
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(tls));
    config
        .transport_config(Arc::new(limits::server_transport()))
        .max_incoming(limits::MAX_INCOMING)
        .incoming_buffer_size(limits::INCOMING_BUFFER_BYTES as u64)
        .incoming_buffer_size_total(limits::INCOMING_BUFFERS_BYTES as u64)
        .retry_token_lifetime(limits::HANDSHAKE)
        .validation_token_config(tokens)
        .time_source(Arc::new(QuicClock(seams.clock.clone())))
        // A node stays where it is. Who moves connects again, and shows again who it is.
        .migration(false);
    Ok(config)
}
