//! Being let in, with an invitation.

use bubbles_pipeline::NodeId;
use bubbles_transport::{Certificate, Frame, PeerName, PublicKey};
use serde::{Deserialize, Serialize};

use super::Denial;

/// Who asks to be let in. Its key stays with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Join {
    /// A node.
    Node {
        /// What it is to be called.
        name: PeerName,
        /// Its public key.
        key: PublicKey,
    },
    /// A person, or a program.
    Person {
        /// What it is to be called.
        name: PeerName,
        /// Its public key.
        key: PublicKey,
    },
}

/// What comes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Joined {
    /// Not let in.
    No(Denial),
    /// A node, now.
    Node {
        /// Its id for ever.
        id: NodeId,
        /// Its certificate.
        certificate: Certificate,
        /// The authority, with its key: any node may let others in, so that any may die.
        authority: String,
        /// Where nodes are reached.
        addresses: Vec<String>,
    },
    /// A person, now.
    Person {
        /// Its certificate.
        certificate: Certificate,
        /// The authority's.
        authority: Certificate,
        /// Where nodes are reached.
        addresses: Vec<String>,
    },
}

impl Frame for Join {
    const KIND: u8 = 32;
    const LIMIT: usize = 1 << 10;
}

impl Frame for Joined {
    const KIND: u8 = 33;
    const LIMIT: usize = 16 << 10;
}
