//! How nodes and people speak with each other: typed frames and streams of bytes
//! over QUIC, with mutual TLS on every connection.
//!
//! - [`Authority`], [`Identity`], [`Invitation`]: who is believed, and how one comes in.
//! - [`Endpoint`]: a place on the network. [`Connection`]: two who know each
//!   other. [`Stream`]: one conversation. [`call`]: the shortest one.
//! - [`Frame`]: a message. What a peer can cost is in `limits.rs`, all of it.
//! - [`seams`]: what is passed in, so that a cluster can be simulated.
//!
//! Non-goals: what the messages are, who may ask for what, connecting again,
//! finding nodes: all of them belong to who uses this. Alone names quinn.

mod authority;
mod call;
mod certificate;
mod closed;
mod connection;
mod endpoint;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod identity;
mod key;
mod limits;
mod memory;
mod peer;
mod pem;
mod protocol;
mod quic;
mod revoked;
mod room;
pub mod seams;
mod stream;
mod tls;
mod token;

pub use authority::{Authority, IssueError, Validity};
pub use call::{CallError, call};
pub use certificate::{Certificate, Fingerprint, FingerprintError};
pub use closed::{Closed, Refusal};
pub use connection::Connection;
pub use endpoint::{BindError, ConnectError, Endpoint, EndpointConfig};
pub use frame::{EncodeError, Frame, FrameError};
pub use identity::{Identity, IdentityError};
pub use key::{KeyError, PrivateKey, PublicKey};
pub use limits::MAX_FRAME_BYTES;
pub use peer::{PeerError, PeerIdentity, PeerName, PeerNameError, Role, RoleError};
pub use pem::{LoadError, PemError, SaveError};
pub use protocol::Protocol;
pub use revoked::Revoked;
pub use seams::Seams;
pub use stream::{ReceiveError, Receiving, SendError, Sending, Stream};
pub use token::{Invitation, MAX_ADDRESSES, TokenError};
