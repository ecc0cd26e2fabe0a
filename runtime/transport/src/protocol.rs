//! What a connection is for. Each purpose has connections of its own, so that a
//! full data connection never holds up a heartbeat.

use std::fmt;

use crate::peer::Role;

/// What a connection is for, with the version of what is spoken on it: two that
/// speak different versions part in the handshake, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Questions and answers: the log, the leader's orders, what people ask for.
    Control,
    /// Bytes in bulk: chunks and plugins.
    Data,
    /// Asking to be let in.
    Join,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Control, Self::Data, Self::Join];

    /// The name in the handshake (ALPN). A change of what is spoken is a new number here.
    pub const fn alpn(self) -> &'static str {
        match self {
            Self::Control => "bubbles-control/1",
            Self::Data => "bubbles-data/1",
            Self::Join => "bubbles-join/1",
        }
    }

    /// Whether a peer of this role may speak it at all: an invitation lets its
    /// bearer ask to be let in and nothing else, and no one else has to ask.
    pub const fn admits(self, role: Role) -> bool {
        matches!(self, Self::Join) == matches!(role, Role::Join)
    }

    pub(crate) fn of_alpn(name: &[u8]) -> Option<Self> {
        let named = |protocol: &Self| protocol.alpn().as_bytes() == name;
        Self::ALL.into_iter().find(named)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.alpn())
    }
}
