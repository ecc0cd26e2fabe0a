//! Who takes part, beside the id: a name and an address.

use serde::{Deserialize, Serialize};

/// How a node is called and where it is reached. Part of what is agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// For people.
    pub name: String,
    /// For the [`Link`](crate::Link), in whatever form it understands.
    pub address: String,
}
