//! What is spoken between the machines of a cluster, and with the people who use it.
//!
//! | connection | first frame of a stream | then |
//! |---|---|---|
//! | [`Protocol::Control`](bubbles_transport::Protocol) | [`Ask`] | [`Tell`], once or often |
//! | [`Protocol::Data`](bubbles_transport::Protocol) | [`Fetch`] or [`Put`] in a [`Haul`] | [`Load`], then raw bytes |
//! | [`Protocol::Join`](bubbles_transport::Protocol) | [`Join`] | [`Joined`] |
//!
//! Every stream is one conversation. A role's rights are looked up before anything is done
//! ([`Ask::needs`], [`Haul::needs`]). A change of what is spoken is a new number in the
//! protocol's name.

mod control;
mod data;
mod join;
mod long;

pub use control::{
    Ask, Denial, JobStatus, JobSummary, LogPiece, NodeStatus, PluginStatus, Submission, Tell,
};
pub use data::{BlockHead, Fetch, Haul, Load, Put};
pub use join::{Join, Joined};
pub(crate) use long::{LongError, decode_list, encode, receive_long, send_long};

use bubbles_transport::Role;

/// Whether a peer of this role may do what needs that one.
#[must_use]
pub fn may(role: Role, needs: Role) -> bool {
    let rank = |role| match role {
        Role::Join => 0,
        Role::Read => 1,
        Role::Submit => 2,
        Role::Admin => 3,
        Role::Node => 4,
    };
    role != Role::Join && rank(role) >= rank(needs)
}
