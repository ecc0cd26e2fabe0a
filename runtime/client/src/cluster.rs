//! A connection to a cluster: questions to it, and the jobs that run on it.
//!
//! `search.rs` decides whom to ask next, `contact.rs` does it; all else says what is asked.

mod contact;
mod error;
mod login;
mod place;
mod plugins;
mod reading;
mod search;
mod sockets;
mod submit;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bubbles_node::JobId;
use bubbles_node::wire::{Ask, Denial, JobStatus, JobSummary, NodeStatus, PluginStatus, Tell};
use bubbles_transport::{PeerIdentity, Role};
use bytes::Bytes;
use tokio::runtime::Runtime;

pub use error::ClusterError;
pub use login::{Login, login};
pub use place::{ClusterChoice, profile_folder};

pub(crate) use submit::Order;
pub(crate) use watch::ClusterJob;

use crate::Home;
use contact::Contact;
use search::Patience;

/// For what takes more than a look: a plugin on its way to a second node, a job that is aborted.
const LONG_ANSWER: Duration = Duration::from_secs(120);

/// How often a plugin is brought that is gone when it is deployed.
const DEPLOY_TRIES: u32 = 3;

/// A cluster, as one person knows it. Clones are handles of one connection; nothing is connected
/// before the first question.
///
/// What it is asked blocks the thread, so it is not for the threads of an asynchronous runtime.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    me: PeerIdentity,
    contact: Arc<Contact>,
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl Cluster {
    /// Opens a profile.
    ///
    /// # Errors
    /// If there is none, or it cannot be used.
    pub fn open(choice: &ClusterChoice, home: &Home) -> Result<Self, ClusterError> {
        let (folder, profile) = match choice {
            ClusterChoice::Open(cluster) => return Ok(cluster.clone()),
            ClusterChoice::Found => place::find(home)?,
            ClusterChoice::Profile(folder) => place::load(folder.clone())?,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                me: profile.identity.peer().clone(),
                contact: Arc::new(Contact::known(folder.clone(), profile)),
                folder,
                runtime: Some(in_background()?),
            }),
        })
    }

    /// The folder of its profile.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Who this person is there.
    #[must_use]
    pub fn me(&self) -> &PeerIdentity {
        &self.inner.me
    }

    /// All nodes. Where they are reached is kept in the profile.
    ///
    /// # Errors
    /// If the cluster cannot be asked.
    pub fn nodes(&self) -> Result<Vec<NodeStatus>, ClusterError> {
        let nodes = self.ask(&Ask::Nodes, "its nodes", |tell| match tell {
            Tell::Nodes(nodes) => Some(nodes),
            _ => None,
        })?;
        let addresses = nodes.iter().map(|node| node.address.clone());
        self.contact().learn(addresses);
        Ok(nodes)
    }

    /// The plugins that were deployed, by name and age.
    ///
    /// # Errors
    /// If the cluster cannot be asked.
    pub fn plugins(&self) -> Result<Vec<PluginStatus>, ClusterError> {
        self.ask(&Ask::Plugins, "its plugins", |tell| match tell {
            Tell::Plugins(plugins) => Some(plugins),
            _ => None,
        })
    }

    /// All jobs that are known, the newest first.
    ///
    /// # Errors
    /// If the cluster cannot be asked.
    pub fn jobs(&self) -> Result<Vec<JobSummary>, ClusterError> {
        self.ask(&Ask::Jobs, "its jobs", |tell| match tell {
            Tell::Jobs(jobs) => Some(jobs),
            _ => None,
        })
    }

    /// The one job whose id begins like this.
    ///
    /// # Errors
    /// If there is none or there are several, or the cluster cannot be asked.
    pub fn find_job(&self, prefix: &str) -> Result<JobId, ClusterError> {
        let jobs = self.jobs()?.into_iter().map(|job| job.job.0);
        the_one(prefix, jobs).map(JobId)
    }

    /// One job.
    ///
    /// # Errors
    /// If there is no such job, or the cluster cannot be asked.
    pub fn job(&self, job: &JobId) -> Result<JobStatus, ClusterError> {
        self.ask(&Ask::Job(job.clone()), "a job", |tell| match tell {
            Tell::Job(job) => Some(*job),
            _ => None,
        })
    }

    /// Stops a job and returns when it has ended: how it did, [`Cluster::job`] tells. One that is
    /// decided already is carried to its end.
    ///
    /// # Errors
    /// If there is no such job, or the cluster cannot be asked.
    pub fn cancel(&self, job: &JobId) -> Result<(), ClusterError> {
        let patience = Patience::QUESTION.answer(LONG_ANSWER);
        self.ask_with(patience, &Ask::Cancel(job.clone()), "a job", done)
    }

    /// Puts a component into the catalogue. Without a version it gets the one after the last. Said
    /// twice, it is deployed once.
    ///
    /// # Errors
    /// If the name is that of a built-in plugin or none at all, or the version is that of another
    /// component, or the cluster cannot be asked.
    pub fn deploy(
        &self,
        component: Vec<u8>,
        name: &str,
        version: Option<&str>,
    ) -> Result<PluginStatus, ClusterError> {
        check_plugin(name, version)?;
        let component = Bytes::from(component);
        let digest = *blake3::hash(&component).as_bytes();
        let components = BTreeMap::from([(digest, component)]);
        let question = Ask::Deploy {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            digest,
        };
        let patience = Patience::QUESTION.answer(LONG_ANSWER);
        let mut tries = 0;
        loop {
            self.runtime()
                .block_on(self.contact().bring(&components, patience))?;
            tries += 1;
            let deployed = self.ask_with(patience, &question, "a plugin", |tell| match tell {
                Tell::Deployed(plugin) => Some(plugin),
                _ => None,
            });
            match deployed {
                // The node that had it is gone with it.
                Err(ClusterError::Denied(Denial::NotFound { .. })) if tries < DEPLOY_TRIES => {}
                deployed => return deployed,
            }
        }
    }

    /// A token that lets its bearer in once, as this role; without one as a node or an admin.
    ///
    /// # Errors
    /// If the cluster cannot be asked, or this person is no admin.
    pub fn token(&self, role: Option<Role>, lifetime: Duration) -> Result<String, ClusterError> {
        let question = Ask::Invite {
            role,
            seconds: lifetime.as_secs(),
        };
        self.ask(&question, "a token", |tell| match tell {
            Tell::Token(token) => Some(token),
            _ => None,
        })
    }

    /// Takes a node that does not come back off the list of members.
    ///
    /// # Errors
    /// If there is no such node, or the cluster cannot be asked, or this person is no admin.
    pub fn remove(&self, node: &str) -> Result<(), ClusterError> {
        let name = node.to_owned();
        let patience = Patience::QUESTION.answer(LONG_ANSWER);
        self.ask_with(patience, &Ask::Remove { name }, "a node", done)
    }

    /// The deployed plugin of this name and version, or of the last one; nothing, if there is none.
    pub(crate) fn find_plugin(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<PluginStatus>, ClusterError> {
        let question = Ask::Find {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        };
        let found = self.ask_with(Patience::BEGIN, &question, "a plugin", |tell| match tell {
            Tell::Plugin(plugin) => Some(plugin),
            _ => None,
        });
        match found {
            Ok(plugin) => Ok(Some(plugin)),
            Err(ClusterError::Denied(Denial::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The component of a deployed plugin, from this machine's cache or from a node.
    pub(crate) fn fetch_plugin(
        &self,
        plugin: &PluginStatus,
        cache: &Path,
    ) -> Result<Vec<u8>, ClusterError> {
        if let Some(component) = plugins::cached(cache, &plugin.digest) {
            return Ok(component);
        }
        let component = self.runtime().block_on(self.contact().fetch(plugin))?;
        plugins::keep(cache, &plugin.digest, &component);
        Ok(component)
    }

    fn ask<T>(
        &self,
        question: &Ask,
        asked: &'static str,
        take: impl FnOnce(Tell) -> Option<T>,
    ) -> Result<T, ClusterError> {
        self.ask_with(Patience::QUESTION, question, asked, take)
    }

    fn ask_with<T>(
        &self,
        patience: Patience,
        question: &Ask,
        asked: &'static str,
        take: impl FnOnce(Tell) -> Option<T>,
    ) -> Result<T, ClusterError> {
        let contact = self.contact();
        let tell = self.runtime().block_on(async {
            let tell = contact.ask(question, patience).await?;
            contact.refresh_if_stale().await;
            Ok::<_, ClusterError>(tell)
        })?;
        take(tell).ok_or(ClusterError::Garbled { asked })
    }

    fn contact(&self) -> &Arc<Contact> {
        &self.inner.contact
    }

    fn runtime(&self) -> &Runtime {
        let runtime = self.inner.runtime.as_ref();
        runtime.expect("it is there until it is dropped")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Nodes count the connections of a peer: they are to know that these are free.
            if tokio::runtime::Handle::try_current().is_err() {
                runtime.block_on(self.contact.sockets().shutdown());
            }
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("folder", &self.inner.folder)
            .field("me", &self.inner.me)
            .finish_non_exhaustive()
    }
}

/// What connections and watches run on.
fn in_background() -> Result<Runtime, ClusterError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("cluster")
        .enable_all()
        .build()
        .map_err(ClusterError::Thread)
}

fn done(tell: Tell) -> Option<()> {
    matches!(tell, Tell::Done).then_some(())
}

/// The one that is called so, or else the one that begins so.
fn the_one(prefix: &str, names: impl Iterator<Item = String>) -> Result<String, ClusterError> {
    let mut found: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    if let Some(exact) = found.iter().position(|name| name == prefix) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(ClusterError::NoJob(prefix.to_owned())),
        _ => Err(ClusterError::ManyJobs {
            prefix: prefix.to_owned(),
            jobs: found,
        }),
    }
}

/// Whether a pipeline could name it.
fn check_plugin(name: &str, version: Option<&str>) -> Result<(), ClusterError> {
    let plain = |text: &str, more: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || more.contains(c);
        !text.is_empty() && text.len() <= 100 && text.chars().all(fits)
    };
    let bad = |what, name: &str| ClusterError::BadName {
        what,
        name: name.to_owned(),
    };
    if !plain(name, "") {
        return Err(bad("name", name));
    }
    if let Some(version) = version.filter(|version| !plain(version, ".+")) {
        return Err(bad("version", version));
    }
    match bubbles_plugins::builtin(name) {
        Some(_) => Err(ClusterError::BuiltIn(name.to_owned())),
        None => Ok(()),
    }
}
