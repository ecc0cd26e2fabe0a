//! Plugins on their way between this machine and the nodes.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bubbles_node::wire::{Ask, Denial, Fetch, Haul, Load, PluginStatus, Put, Tell};
use bubbles_transport::{Connection, Protocol, Refusal};
use bytes::Bytes;

use super::contact::{Contact, Leader, Miss};
use super::error::ClusterError;
use super::search::{Patience, Setback};
use super::sockets::Away;

/// Handed to a stream at once.
const PIECE_BYTES: usize = 256 << 10;

/// For the next piece, or for the word that all has come and is as it should be.
const PIECE: Duration = Duration::from_secs(15);

/// For a whole component on its way to a node: 256 MiB at 1 MB/s.
const UPLOAD: Duration = Duration::from_secs(300);

/// Larger ones are loaded nowhere.
const COMPONENT_BYTES: u64 = 256 << 20;

/// How often all nodes are asked for a plugin.
const ROUNDS: u32 = 3;

/// Components by digest.
pub(super) type Components = BTreeMap<[u8; 32], Bytes>;

impl Contact {
    /// Brings the leader what the cluster lacks of these.
    pub(super) async fn bring(
        &self,
        components: &Components,
        patience: Patience,
    ) -> Result<(), ClusterError> {
        let question = Ask::Lacks(components.keys().copied().collect());
        let bring = |leader: Leader| {
            let question = &question;
            async move {
                let Tell::Missing(missing) = leader.ask(question).await? else {
                    return Err(garbled("which plugins it lacks"));
                };
                for digest in missing {
                    if let Some(component) = components.get(&digest) {
                        self.put(&leader, digest, component.clone()).await?;
                    }
                }
                Ok(())
            }
        };
        self.with_leader(patience, &|_| (), bring).await
    }

    async fn put(&self, leader: &Leader, digest: [u8; 32], component: Bytes) -> Result<(), Miss> {
        // That very machine: a name may stand for several.
        let address = leader.connection.remote_address();
        let address = address.map_or_else(|| leader.address.clone(), |it| it.to_string());
        let connection = self.data(&address).await?;
        let putting = put(leader, &connection, digest, component);
        let put = tokio::time::timeout(UPLOAD, putting).await;
        connection.close(Refusal::Done, "");
        put.unwrap_or_else(|_| Err(Miss::Lost(format!("{address} took too long"))))
    }

    /// Fetches a component from whichever node has it.
    pub(super) async fn fetch(&self, plugin: &PluginStatus) -> Result<Vec<u8>, ClusterError> {
        let unfetched = |why: String| ClusterError::Unfetched {
            name: plugin.name.clone(),
            why,
        };
        if plugin.size_bytes > COMPONENT_BYTES {
            return Err(unfetched(format!("it has {} bytes", plugin.size_bytes)));
        }
        let addresses = self.holders(plugin).await?;
        let mut component = Vec::new();
        let mut why = "no node is known".to_owned();
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(Duration::from_secs(u64::from(round))).await;
            }
            for address in &addresses {
                match self.fetch_from(address, plugin, &mut component).await {
                    Ok(()) if *blake3::hash(&component).as_bytes() == plugin.digest => {
                        return Ok(component);
                    }
                    Ok(()) => {
                        component.clear();
                        why = format!("{address} sent other bytes than were deployed");
                    }
                    Err(Miss::Lost(lost)) => why = lost,
                    Err(Miss::Denied(denial)) => return Err(ClusterError::Denied(denial)),
                    Err(Miss::Broken(error)) => return Err(error),
                }
            }
        }
        Err(unfetched(why))
    }

    /// Where the plugin is, and then where it may have come to be.
    async fn holders(&self, plugin: &PluginStatus) -> Result<Vec<String>, ClusterError> {
        let Tell::Nodes(mut nodes) = self.ask(&Ask::Nodes, Patience::BEGIN).await? else {
            return Err(ClusterError::Garbled {
                asked: "where the nodes are",
            });
        };
        nodes.sort_by_key(|node| (!node.alive, !plugin.held_by.contains(&node.name)));
        Ok(nodes.into_iter().map(|node| node.address).collect())
    }

    async fn fetch_from(
        &self,
        address: &str,
        plugin: &PluginStatus,
        component: &mut Vec<u8>,
    ) -> Result<(), Miss> {
        let connection = self.data(address).await?;
        let fetched = fetch(address, &connection, plugin, component).await;
        connection.close(Refusal::Done, "");
        fetched
    }

    /// A connection for bulk, for as long as it is needed: a peer has few of them.
    async fn data(&self, address: &str) -> Result<Connection, Miss> {
        let connecting = self.sockets().connect(address, Protocol::Data, PIECE);
        connecting.await.map_err(|away| match away {
            Away::Setback(Setback::Unreachable(why) | Setback::Stranger(why)) => Miss::Lost(why),
            Away::Setback(setback) => Miss::Lost(format!("{address}: {setback:?}")),
            Away::Shut(error) => Miss::Broken(error),
        })
    }
}

async fn put(
    leader: &Leader,
    connection: &Connection,
    digest: [u8; 32],
    mut component: Bytes,
) -> Result<(), Miss> {
    let lost = |error: &dyn std::fmt::Display| Miss::Lost(format!("{}: {error}", leader.address));
    let mut stream = connection.open().await.map_err(|error| lost(&error))?;
    let haul = Haul::Put(Put::Plugin {
        digest,
        size_bytes: component.len() as u64,
    });
    stream.send(&haul).await.map_err(|error| lost(&error))?;
    loop {
        let answer = stream.receive(PIECE).await;
        match answer.map_err(|error| leader.not_received(error))? {
            // At once, if it has it by now.
            Load::Done => return Ok(()),
            Load::No(denial) => return Err(Miss::Denied(denial)),
            Load::Ready if !component.is_empty() => {}
            _ => return Err(garbled("a plugin that it was brought")),
        }
        while !component.is_empty() {
            let piece = component.split_to(component.len().min(PIECE_BYTES));
            let sent = stream.sending.send_bytes(piece).await;
            sent.map_err(|error| lost(&error))?;
        }
        stream.sending.finish().map_err(|error| lost(&error))?;
    }
}

/// Goes on where `component` ends.
async fn fetch(
    address: &str,
    connection: &Connection,
    plugin: &PluginStatus,
    component: &mut Vec<u8>,
) -> Result<(), Miss> {
    let lost = |error: &dyn std::fmt::Display| Miss::Lost(format!("{address}: {error}"));
    let mut stream = connection.open().await.map_err(|error| lost(&error))?;
    let haul = Haul::Fetch(Fetch::Plugin {
        digest: plugin.digest,
        offset: component.len() as u64,
    });
    stream.send(&haul).await.map_err(|error| lost(&error))?;
    stream.sending.finish().map_err(|error| lost(&error))?;
    let head: Load = stream.receive(PIECE).await.map_err(|error| lost(&error))?;
    let missing = plugin.size_bytes - component.len() as u64;
    match head {
        Load::Bytes { left, total } if left == missing && total == plugin.size_bytes => {}
        Load::No(denial @ Denial::Forbidden { .. }) => return Err(Miss::Denied(denial)),
        Load::No(denial) => return Err(lost(&denial)),
        Load::Gone => return Err(lost(&"it is not there")),
        _ => return Err(lost(&"it has another size there")),
    }
    while (component.len() as u64) < plugin.size_bytes {
        let left = plugin.size_bytes - component.len() as u64;
        let wanted = usize::try_from(left).unwrap_or(PIECE_BYTES);
        let wanted = wanted.min(PIECE_BYTES);
        let piece = stream.receiving.receive_bytes(wanted, PIECE).await;
        match piece.map_err(|error| lost(&error))? {
            Some(piece) => component.extend_from_slice(&piece),
            None => return Err(lost(&"it ended too early")),
        }
    }
    Ok(())
}

fn garbled(asked: &'static str) -> Miss {
    Miss::Broken(ClusterError::Garbled { asked })
}

/// A component that was fetched before, if it is still what it was.
pub(super) fn cached(cache: &Path, digest: &[u8; 32]) -> Option<Vec<u8>> {
    let component = std::fs::read(file(cache, digest)).ok()?;
    (blake3::hash(&component).as_bytes() == digest).then_some(component)
}

/// Keeps a component for the next time. Without it, it is fetched again.
pub(super) fn keep(cache: &Path, digest: &[u8; 32], component: &[u8]) {
    let path = file(cache, digest);
    let folder = path.parent().expect("it lies in a folder of the cache");
    let put = || {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(component)?;
        file.persist(&path)?;
        Ok::<(), std::io::Error>(())
    };
    if let Err(error) = put() {
        tracing::debug!(%error, path = %path.display(), "a fetched plugin is not kept");
    }
}

fn file(cache: &Path, digest: &[u8; 32]) -> PathBuf {
    let name = format!("{}.wasm", blake3::Hash::from(*digest).to_hex());
    cache.join("deployed").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cached_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let digest = *blake3::hash(b"component").as_bytes();
        assert_eq!(cached(folder.path(), &digest), None);
        keep(folder.path(), &digest, b"component");
        assert_eq!(
            cached(folder.path(), &digest).as_deref(),
            Some(&b"component"[..])
        );
        std::fs::write(file(folder.path(), &digest), b"componenT").unwrap();
        assert_eq!(cached(folder.path(), &digest), None);
    }
}
