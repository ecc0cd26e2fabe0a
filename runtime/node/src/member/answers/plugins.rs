//! Plugins: found, deployed, copied from node to node.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bubbles_cluster::{Command, PluginRecord};
use bubbles_pipeline::NodeId;
use bubbles_transport::{Connection, Protocol, call};
use tokio::task::JoinSet;

use super::{agree, confirmed, failed, not_found, refused};
use crate::member::haul::pull_plugin;
use crate::member::shared::{Leading, Shared};
use crate::plugins::hex;
use crate::prepare;
use crate::wire::{Ask, Denial, PluginStatus, Tell};

/// How long a node may take to get a copy and to look into it.
const COPY_WITHIN: Duration = Duration::from_secs(120);

/// Names of plugins in the catalogue.
const NAME_CHARACTERS_MAX: usize = 64;

pub(super) async fn list(shared: &Shared) -> Result<Tell, Denial> {
    confirmed(shared).await?;
    let found: Vec<(String, PluginRecord)> = shared.replica.read(|state| {
        let plugins = state.registry().plugins().iter();
        plugins
            .flat_map(|(name, versions)| versions.iter().map(|it| (name.clone(), it.clone())))
            .collect()
    });
    let found = found.iter();
    Ok(Tell::Plugins(
        found
            .map(|(name, record)| status(shared, name, record))
            .collect(),
    ))
}

pub(super) async fn find(
    shared: &Shared,
    name: &str,
    version: Option<&str>,
) -> Result<Tell, Denial> {
    confirmed(shared).await?;
    let found = shared
        .replica
        .read(|state| state.registry().plugin(name, version).cloned());
    match found {
        Some(record) => Ok(Tell::Plugin(status(shared, name, &record))),
        None => Err(not_found(
            "plugin",
            version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}")),
        )),
    }
}

pub(super) async fn lacks(shared: &Shared, digests: Vec<[u8; 32]>) -> Result<Tell, Denial> {
    confirmed(shared).await?;
    let mut lacking = Vec::new();
    for digest in digests {
        if !has(shared, digest).await {
            lacking.push(digest);
        }
    }
    Ok(Tell::Missing(lacking))
}

/// Whether this node has a plugin, whole: reading it takes a moment.
async fn has(shared: &Shared, digest: [u8; 32]) -> bool {
    let shelf = shared.shelf.clone();
    let looked = tokio::task::spawn_blocking(move || shelf.has(&digest));
    looked.await.unwrap_or(false)
}

/// Gets a copy from who asks, keeps it, and compiles it ahead of its first use.
pub(super) async fn keep(
    shared: &Arc<Shared>,
    connection: &Connection,
    digest: [u8; 32],
) -> Result<Tell, Denial> {
    if !has(shared, digest).await {
        let asker = connection.peer().name.clone();
        let others = shared.book.others();
        let found = others.iter().find(|(_, name)| *name == asker.as_str());
        let (node, _) = found.ok_or_else(|| not_found("node", asker))?;
        let wasm = pull_plugin(&shared.peers, &shared.book, *node, &digest).await;
        let wasm = wasm.map_err(failed)?;
        let folder = shared.plugins.clone();
        let kept = tokio::task::spawn_blocking(move || folder.write(&digest, &wasm));
        kept.await.map_err(failed)?.map_err(failed)?;
    }
    let ahead = Arc::clone(shared);
    // Nobody waits for it: a job that comes first compiles it itself.
    drop(tokio::task::spawn_blocking(move || {
        if let Err(error) = ahead.shelf.load(&ahead.engine, None, &digest) {
            tracing::warn!(plugin = hex(&digest), %error, "a plugin was not compiled ahead");
        }
    }));
    Ok(Tell::Done)
}

pub(super) async fn deploy(
    shared: &Arc<Shared>,
    name: String,
    version: Option<String>,
    digest: [u8; 32],
) -> Result<Tell, Denial> {
    let leading = confirmed(shared).await?;
    check_name("plugin's name", &name)?;
    if let Some(version) = &version {
        check_name("version", version)?;
    }
    if bubbles_plugins::builtin(&name).is_some() {
        return Err(refused(format!(
            "\"{name}\" is built in: choose another name"
        )));
    }
    let size_bytes = look_into(shared, digest).await?;
    let held_by = copy(shared, &leading, digest, true).await?;
    let known: Vec<PluginRecord> = shared.replica.read(|state| {
        let versions = state.registry().plugins().get(&name);
        versions.cloned().unwrap_or_default()
    });
    let version = version.unwrap_or_else(|| match known.last() {
        Some(last) if last.digest == digest => last.version.clone(),
        last => next_version(last.map(|last| last.version.as_str())),
    });
    let record = PluginRecord {
        version,
        digest,
        size_bytes,
        held_by,
    };
    let told = status(shared, &name, &record);
    agree(shared, Command::Publish { name, record }).await?;
    Ok(Tell::Deployed(told))
}

/// Compiles it here and asks it what it is: what is in the catalogue can be run.
async fn look_into(shared: &Arc<Shared>, digest: [u8; 32]) -> Result<u64, Denial> {
    let looking = Arc::clone(shared);
    let looked = tokio::task::spawn_blocking(move || {
        let wasm = looking
            .shelf
            .component(&digest)
            .ok_or_else(|| not_found("plugin with the digest", hex(&digest)))?;
        let (plugin, info) =
            prepare::inspect(&looking.engine, &wasm).map_err(|error| refused(error.to_string()))?;
        looking.shelf.put(&plugin);
        Ok(info.size_bytes as u64)
    });
    looked.await.map_err(failed)?
}

/// Has it that the plugins of a job are on two nodes, where there are two.
pub(super) async fn ensure_copies(
    shared: &Arc<Shared>,
    leading: &Leading,
    digests: &[[u8; 32]],
) -> Result<(), Denial> {
    let unique: BTreeSet<[u8; 32]> = digests.iter().copied().collect();
    for digest in unique {
        if !has(shared, digest).await {
            return Err(not_found("plugin with the digest", hex(&digest)));
        }
        let copied = || shared.copied.lock().unwrap_or_else(PoisonError::into_inner);
        if crate::plugins::is_built_in(&digest) || copied().contains(&digest) {
            continue;
        }
        if copy(shared, leading, digest, false).await?.len() > 1 {
            copied().insert(digest);
        }
    }
    Ok(())
}

/// Has other nodes get a copy, all of them in the end; waits for one. Gives who has it.
async fn copy(
    shared: &Arc<Shared>,
    leading: &Leading,
    digest: [u8; 32],
    must: bool,
) -> Result<Vec<NodeId>, Denial> {
    let alive = leading.window.nodes();
    let others: Vec<NodeId> = alive
        .iter()
        .filter(|(id, presence)| **id != shared.me && presence.alive && presence.slots > 0)
        .map(|(id, _)| *id)
        .collect();
    let mut copying = JoinSet::new();
    for node in &others {
        copying.spawn(ask_to_keep(Arc::clone(shared), *node, digest));
    }
    let mut held_by = vec![shared.me];
    let mut said = None;
    while let Some(copied) = copying.join_next().await {
        match copied {
            Ok(Ok(node)) => {
                held_by.push(node);
                break;
            }
            Ok(Err(error)) => said = Some(error),
            Err(error) => said = Some(error.to_string()),
        }
    }
    // The rest get theirs while the job is on its way.
    copying.detach_all();
    match said {
        Some(error) if must && held_by.len() == 1 => Err(failed(format!(
            "the plugin could not be copied to a second node: {error}"
        ))),
        _ => Ok(held_by),
    }
}

async fn ask_to_keep(
    shared: Arc<Shared>,
    node: NodeId,
    digest: [u8; 32],
) -> Result<NodeId, String> {
    let place = shared.book.place(node);
    let (name, address) = place.ok_or_else(|| "the node has left".to_owned())?;
    let connection = shared
        .peers
        .connection(&name, &address, Protocol::Control)
        .await
        .map_err(|error| error.to_string())?;
    let ask = Ask::Keep {
        digest,
        size_bytes: 0,
    };
    match call(&connection, &ask, COPY_WITHIN).await {
        Ok(Tell::Done) => Ok(node),
        Ok(Tell::No(denial)) => Err(format!("node {name}: {denial}")),
        Ok(_) => Err(format!("node {name} answered beside the point")),
        Err(error) => Err(format!("node {name}: {error}")),
    }
}

fn status(shared: &Shared, name: &str, record: &PluginRecord) -> PluginStatus {
    PluginStatus {
        name: name.to_owned(),
        version: record.version.clone(),
        digest: record.digest,
        size_bytes: record.size_bytes,
        held_by: record
            .held_by
            .iter()
            .map(|id| shared.book.name(*id))
            .collect(),
    }
}

/// Names and versions stand in pipelines as `name@version`.
fn check_name(what: &str, name: &str) -> Result<(), Denial> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    match fits {
        true => Ok(()),
        false => Err(refused(format!(
            "a {what} has 1 to {NAME_CHARACTERS_MAX} letters, digits, - _ and ., and begins with a \
             letter or a digit; \"{}\" does not",
            name.escape_default()
        ))),
    }
}

/// `1.0.0`, then the last number counted up.
fn next_version(last: Option<&str>) -> String {
    let Some(last) = last else {
        return "1.0.0".to_owned();
    };
    let (head, tail) = match last.rfind(|c: char| !c.is_ascii_digit()) {
        Some(at) => last.split_at(at + 1),
        None => ("", last),
    };
    match tail.parse::<u64>() {
        Ok(number) if number < u64::MAX => format!("{head}{}", number + 1),
        _ => format!("{last}.1"),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_name, next_version};

    #[test]
    fn versions_count_up() {
        assert_eq!(next_version(None), "1.0.0");
        assert_eq!(next_version(Some("1.0.9")), "1.0.10");
        assert_eq!(next_version(Some("7")), "8");
        assert_eq!(next_version(Some("2.0-beta")), "2.0-beta.1");
    }

    #[test]
    fn names_are_plain() {
        assert!(check_name("version", "1.2.0").is_ok());
        for bad in ["", "a@b", "../x", "a b", "é", "-a"] {
            assert!(check_name("plugin's name", bad).is_err(), "{bad}");
        }
    }
}
