//! The certificates that are not to be believed any more.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use crate::certificate::Fingerprint;

/// A set of fingerprints that all its clones share. The verifier looks into it
/// at every handshake, so what is put in here counts from the next one on; the
/// connections that are open end with [`Endpoint::drop_revoked`](crate::Endpoint::drop_revoked).
///
/// An expired certificate is refused anyway: whoever fills this may take it out.
#[derive(Debug, Clone, Default)]
pub struct Revoked(Arc<RwLock<BTreeSet<Fingerprint>>>);

impl Revoked {
    /// Puts one in. Says whether it was not in before.
    pub fn insert(&self, fingerprint: Fingerprint) -> bool {
        let mut set = self.0.write().unwrap_or_else(PoisonError::into_inner);
        set.insert(fingerprint)
    }

    /// Puts these in the place of all that were in.
    pub fn replace(&self, fingerprints: impl IntoIterator<Item = Fingerprint>) {
        let new = fingerprints.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// Whether it is in.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        let set = self.0.read().unwrap_or_else(PoisonError::into_inner);
        set.contains(&fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_it() {
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        let revoked = Revoked::default();
        let other = revoked.clone();
        assert!(revoked.insert(one) && !other.insert(one));
        assert!(other.contains(one));
        other.replace([two]);
        assert!(revoked.contains(two) && !revoked.contains(one));
    }
}
