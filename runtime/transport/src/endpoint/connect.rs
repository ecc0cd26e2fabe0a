//! Connecting to a node.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::{ConnectionError, VarInt};
use thiserror::Error;
use tokio::time::timeout;

use super::Endpoint;
use super::gate::peer_of;
use crate::closed::{Closed, Refusal};
use crate::connection::{Connection, Link};
use crate::limits;
use crate::peer::{NODE_NAME, PeerError};
use crate::protocol::Protocol;
use crate::quic;
use crate::tls::{self, Anchor, ClientSide};
use crate::token::Invitation;

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// This endpoint is no one: it needs an identity, or an invitation.
    #[error("an endpoint without an identity cannot connect")]
    NoIdentity,
    /// This identity may not speak this protocol; no need to ask.
    #[error("this identity may not speak {0}")]
    Forbidden(Protocol),
    /// This side's certificate or the authority's is none that TLS takes.
    #[error("the identity cannot be used")]
    Identity(#[source] rustls::Error),
    /// There is no way to such an address from here, or the endpoint is closing.
    #[error("cannot connect to {address}")]
    Address {
        /// Which was asked for.
        address: SocketAddr,
        /// What is wrong with it.
        source: quinn::ConnectError,
    },
    /// Nobody answered, or not in five seconds.
    #[error("nobody answers at {0}")]
    NoAnswer(SocketAddr),
    /// Whoever answered is no node of this cluster, or no longer.
    #[error("who answers at {address} is no node of this cluster: {reason}")]
    NotTrusted {
        /// Where.
        address: SocketAddr,
        /// What is wrong with its certificate.
        reason: String,
    },
    /// The node answered, and did not let this side in.
    #[error("the node refused: {refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// Its words; few, and none of them are control characters.
        reason: String,
    },
    /// The connection ended as it began.
    #[error(transparent)]
    Closed(Closed),
}

impl Endpoint {
    /// Connects to the node at `address`; when it returns, the node has let this
    /// side in. Takes five seconds at most.
    pub async fn connect(
        &self,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<Connection, ConnectError> {
        let identity = self.identity.as_ref().ok_or(ConnectError::NoIdentity)?;
        if !protocol.admits(identity.peer().role) {
            return Err(ConnectError::Forbidden(protocol));
        }
        let side = ClientSide {
            key: identity.key(),
            certificate: identity.certificate(),
            anchor: Anchor::Known(identity.authority().clone()),
            revoked: &self.revoked,
            clock: self.seams.clock.clone(),
        };
        self.connect_as(side, address, protocol).await
    }

    /// Connects to a node as the bearer of an invitation, to be let in for good.
    /// It believes the authority that the invitation names, and no other.
    pub async fn connect_with(
        &self,
        address: SocketAddr,
        invitation: &Invitation,
    ) -> Result<Connection, ConnectError> {
        let side = ClientSide {
            key: &invitation.key(),
            certificate: invitation.certificate(),
            anchor: Anchor::Named(invitation.authority()),
            revoked: &self.revoked,
            clock: self.seams.clock.clone(),
        };
        self.connect_as(side, address, Protocol::Join).await
    }

    async fn connect_as(
        &self,
        side: ClientSide<'_>,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<Connection, ConnectError> {
        let tls = tls::client(side, protocol).map_err(ConnectError::Identity)?;
        let mut config = quinn::ClientConfig::new(Arc::new(tls));
        config.transport_config(Arc::new(limits::client_transport(protocol)));
        // Proofs of an address from earlier connections: none are given out.
        config.token_store(Arc::new(quinn::NoneTokenStore));
        let connecting = self
            .quinn
            .connect_with(config, address, NODE_NAME)
            .map_err(|source| ConnectError::Address { address, source })?;
        let connection = timeout(limits::HANDSHAKE, be_let_in(connecting)).await;
        let connection = connection
            .map_err(|_| ConnectError::NoAnswer(address))?
            .map_err(|error| refused(address, error))?;
        let not_trusted = |error: PeerError| ConnectError::NotTrusted {
            address,
            reason: error.to_string(),
        };
        let peer = Arc::new(peer_of(&connection).map_err(not_trusted)?);
        // How many it opens itself, this side knows.
        let end = self
            .roll
            .enter(&connection, peer.fingerprint, protocol, usize::MAX);
        let end = end.ok_or(ConnectError::Closed(Closed::Here))?;
        // It may have been revoked since the verifier looked; from here on `drop_revoked` finds it.
        if self.revoked.contains(peer.fingerprint) {
            quic::close(&connection, Refusal::Revoked, "");
            return Err(ConnectError::Closed(Closed::Here));
        }
        Ok(Connection::new(Link::Quic(end), peer, protocol))
    }
}

/// Shakes hands, and waits for the word that the node has let this side in.
async fn be_let_in(connecting: quinn::Connecting) -> Result<quinn::Connection, ConnectionError> {
    let connection = connecting.await?;
    // Its coming is the word. What else it could carry, nobody reads.
    drop(connection.accept_uni().await?);
    connection.set_max_concurrent_uni_streams(VarInt::from_u32(0));
    Ok(connection)
}

fn refused(address: SocketAddr, error: ConnectionError) -> ConnectError {
    if let ConnectionError::TransportError(broken) = &error {
        // Raised here: this side's verifier did not like what the node showed.
        return ConnectError::NotTrusted {
            address,
            reason: broken.reason.clone(),
        };
    }
    match Closed::from(error) {
        Closed::ByPeer { refusal, reason } => ConnectError::Refused { refusal, reason },
        Closed::Silent => ConnectError::NoAnswer(address),
        other => ConnectError::Closed(other),
    }
}
