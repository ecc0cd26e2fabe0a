//! Keeps in touch with whichever node leads: finds it, follows it, asks it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bubbles_node::Profile;
use bubbles_node::wire::{Ask, Denial, Tell};
use bubbles_transport::{
    CallError, Connection, EncodeError, Frame, Invitation, MAX_FRAME_BYTES, Protocol, ReceiveError,
    SendError, call,
};

use super::error::ClusterError;
use super::search::{Patience, Search, Setback, Step, Trouble};
use super::sockets::{Away, Right, Sockets, Tried};

/// Trouble that is over sooner is not worth a word.
const TROUBLE_TOLD: Duration = Duration::from_secs(2);

/// For the question where the nodes are, beside what was asked for.
const REFRESH: Duration = Duration::from_secs(1);

/// What a cluster is reached by.
pub(super) struct Contact {
    sockets: Arc<Sockets>,
    protocol: Protocol,
    known: Mutex<Known>,
    /// The folder and the identity, of who has one.
    profile: Option<(PathBuf, Profile)>,
}

struct Known {
    /// Where nodes are reached, the best first.
    addresses: Vec<String>,
    /// Where they may have moved.
    stale: bool,
    open: Option<Leader>,
}

/// A node that is believed to lead, and the connection to it.
#[derive(Clone)]
pub(super) struct Leader {
    pub(super) address: String,
    pub(super) connection: Connection,
    /// How long an answer may take.
    pub(super) within: Duration,
}

/// Why an attempt to have something done has no answer.
#[derive(Debug)]
pub(super) enum Miss {
    /// The node said no; another one may lead.
    Denied(Denial),
    /// The connection is of no more use, or the node said nothing.
    Lost(String),
    /// There is no use in trying again.
    Broken(ClusterError),
}

/// Is told what stands in the way, and nothing when that is over.
pub(super) type Told<'a> = &'a (dyn Fn(Option<&Trouble>) + Send + Sync);

impl Contact {
    /// As who this profile says.
    pub(super) fn known(folder: PathBuf, profile: Profile) -> Self {
        Self {
            sockets: Arc::new(Sockets::new(Right::Identity(Box::new(
                profile.identity.clone(),
            )))),
            protocol: Protocol::Control,
            known: Mutex::new(Known::new(profile.addresses.clone())),
            profile: Some((folder, profile)),
        }
    }

    /// To be let in.
    pub(super) fn invited(invitation: Invitation) -> Self {
        let addresses = invitation.addresses().iter().map(ToString::to_string);
        let known = Known::new(addresses.collect());
        Self {
            sockets: Arc::new(Sockets::new(Right::Invitation(Box::new(invitation)))),
            protocol: Protocol::Join,
            known: Mutex::new(known),
            profile: None,
        }
    }

    pub(super) fn sockets(&self) -> &Arc<Sockets> {
        &self.sockets
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        self.lock().addresses.clone()
    }

    /// Asks the leader; `Ok` is never a `Tell::No`.
    pub(super) async fn ask(
        &self,
        question: &Ask,
        patience: Patience,
    ) -> Result<Tell, ClusterError> {
        let ask = |leader: Leader| async move { leader.ask(question).await };
        self.with_leader(patience, &|_| (), ask).await
    }

    /// Makes attempts with whoever leads, until one is answered or the patience is over.
    pub(super) async fn with_leader<T, F>(
        &self,
        patience: Patience,
        told: Told<'_>,
        mut attempt: impl FnMut(Leader) -> F,
    ) -> Result<T, ClusterError>
    where
        F: Future<Output = Result<T, Miss>>,
    {
        let mut search = Search::new(patience, self.addresses(), Instant::now());
        loop {
            let mut leader = match self.open() {
                Some(leader) => leader,
                None => self.find(&mut search, told).await?,
            };
            leader.within = search.answer(Instant::now());
            let miss = match attempt(leader.clone()).await {
                Ok(done) => {
                    told(None);
                    self.lock().stale |= search.met_trouble();
                    return Ok(done);
                }
                Err(miss) => miss,
            };
            let setback = match miss {
                Miss::Denied(Denial::NotLeader { address: Some(at) }) => Setback::Elsewhere(at),
                Miss::Denied(Denial::NotLeader { address: None }) => Setback::NoLeader,
                Miss::Denied(Denial::NoQuorum) => Setback::NoQuorum,
                Miss::Denied(denial) => return Err(ClusterError::Denied(denial)),
                Miss::Lost(why) => Setback::Silent(why),
                Miss::Broken(error) => return Err(error),
            };
            tracing::debug!(address = leader.address, ?setback, "another node is asked");
            self.leave(&leader);
            search.note(&leader.address, setback, Instant::now());
        }
    }

    /// A connection to a node that may lead.
    async fn find(&self, search: &mut Search, told: Told<'_>) -> Result<Leader, ClusterError> {
        loop {
            let now = Instant::now();
            let addresses = match search.next(now) {
                Step::Try(addresses) => addresses,
                Step::Wait(rest) => {
                    if now - search.begun() >= TROUBLE_TOLD {
                        told(Some(&search.trouble()));
                    }
                    tokio::time::sleep(rest).await;
                    continue;
                }
                Step::GiveUp => {
                    return Err(ClusterError::gave_up(search.trouble(), self.addresses()));
                }
            };
            let within = search.left(now);
            let trying = self.sockets.connect_any(addresses, self.protocol, within);
            let Tried { failed, met } = trying.await;
            for (address, away) in failed {
                match away {
                    Away::Setback(setback) => search.note(&address, setback, Instant::now()),
                    Away::Shut(error) => return Err(error),
                }
            }
            if let Some((address, connection)) = met {
                let leader = Leader {
                    address,
                    connection,
                    within: Duration::ZERO,
                };
                self.lock().open = Some(leader.clone());
                return Ok(leader);
            }
        }
    }

    /// The connection that is in use, if it is still good.
    fn open(&self) -> Option<Leader> {
        let mut known = self.lock();
        known.open.take_if(|open| !open.connection.is_open());
        known.open.clone()
    }

    /// Takes this connection no more. It ends when the last who uses it is done.
    fn leave(&self, leader: &Leader) {
        let same = |open: &mut Leader| open.address == leader.address;
        self.lock().open.take_if(same);
    }

    /// Believes that this node leads, if it is asked next.
    pub(super) fn prefer(&self, address: &str) {
        let mut known = self.lock();
        known.open.take_if(|open| open.address != address);
        known.addresses.retain(|other| other != address);
        known.addresses.insert(0, address.to_owned());
    }

    /// Asks where the nodes are and keeps it in the profile, if they may have moved.
    pub(super) async fn refresh_if_stale(&self) {
        if !std::mem::take(&mut self.lock().stale) {
            return;
        }
        let Some(leader) = self.open() else { return };
        let leader = Leader {
            within: REFRESH,
            ..leader
        };
        if let Ok(Tell::Nodes(nodes)) = leader.ask(&Ask::Nodes).await {
            self.learn(nodes.iter().map(|node| node.address.clone()));
        }
    }

    /// Keeps where nodes are reached, in the profile too.
    pub(super) fn learn(&self, nodes: impl Iterator<Item = String>) {
        let (before, after) = {
            let mut known = self.lock();
            let after = merged(&known.addresses, nodes);
            (
                std::mem::replace(&mut known.addresses, after.clone()),
                after,
            )
        };
        let Some((folder, profile)) = &self.profile else {
            return;
        };
        if before == after {
            return;
        }
        let profile = Profile {
            addresses: after,
            ..profile.clone()
        };
        // A profile that others share may be theirs to write.
        if let Err(error) = profile.save_addresses(folder) {
            tracing::debug!(%error, "the addresses of the nodes are not kept");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn new(addresses: Vec<String>) -> Self {
        Self {
            addresses,
            stale: false,
            open: None,
        }
    }
}

/// What the nodes say of themselves, and the names that people wrote.
fn merged(known: &[String], nodes: impl Iterator<Item = String>) -> Vec<String> {
    let mut addresses: Vec<String> = nodes.filter(|address| !address.is_empty()).collect();
    if addresses.is_empty() {
        return known.to_vec();
    }
    let is_name = |address: &&String| address.parse::<std::net::SocketAddr>().is_err();
    addresses.extend(known.iter().filter(is_name).cloned());
    let mut seen = std::collections::BTreeSet::new();
    addresses.retain(|address| seen.insert(address.clone()));
    addresses
}

impl Leader {
    /// One question, one answer, which is never a `Tell::No`.
    pub(super) async fn ask(&self, question: &Ask) -> Result<Tell, Miss> {
        match self.call(question).await? {
            Tell::No(denial) => Err(Miss::Denied(denial)),
            tell => Ok(tell),
        }
    }

    /// One question, one answer.
    pub(super) async fn call<Q: Frame, A: Frame>(&self, question: &Q) -> Result<A, Miss> {
        let answered = call(&self.connection, question, self.within).await;
        answered.map_err(|error| match error {
            CallError::TimedOut => Miss::Lost(format!("{} is silent", self.address)),
            CallError::Send(error) => self.not_sent(error),
            CallError::Receive(error) => self.not_received(error),
            CallError::Closed(closed) => Miss::Lost(format!("{}: {closed}", self.address)),
        })
    }

    /// What it means that a question could not be sent.
    pub(super) fn not_sent(&self, error: SendError) -> Miss {
        match error {
            SendError::Encode(EncodeError::TooLong { .. }) => {
                let limit = MAX_FRAME_BYTES;
                Miss::Broken(ClusterError::TooLong { limit })
            }
            error => Miss::Lost(format!("{}: {error}", self.address)),
        }
    }

    /// What it means that no answer came.
    pub(super) fn not_received(&self, error: ReceiveError) -> Miss {
        match error {
            ReceiveError::Frame(_) => Miss::Broken(ClusterError::Garbled {
                asked: "what was asked",
            }),
            error => Miss::Lost(format!("{}: {error}", self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_wrote_stay() {
        let known = ["n1.example:4433", "10.0.0.9:4433"].map(str::to_owned);
        let nodes = ["10.0.0.1:4433", "", "10.0.0.2:4433", "10.0.0.1:4433"];
        let nodes = nodes.map(str::to_owned).into_iter();
        let merged = merged(&known, nodes);
        assert_eq!(
            merged,
            ["10.0.0.1:4433", "10.0.0.2:4433", "n1.example:4433"]
        );
        assert_eq!(super::merged(&known, std::iter::empty()), known);
    }
}
