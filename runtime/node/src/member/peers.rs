//! Connections to other nodes: one of each kind to each, made when it is needed and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bubbles_transport::{Connection, Endpoint, Protocol, Refusal, Role};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// After a connection that failed, the next is not tried before.
const PAUSE: Duration = Duration::from_millis(300);

/// The way to other nodes.
pub(crate) struct Peers {
    endpoint: Arc<Endpoint>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    known: HashMap<Target, watch::Receiver<State>>,
    connecting: JoinSet<()>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Target {
    /// None: whichever node answers.
    name: Option<String>,
    address: String,
    protocol: Protocol,
}

#[derive(Clone)]
enum State {
    Connecting,
    Open(Connection),
    Failed(Instant, Unreachable),
}

/// There is no connection to a node.
#[derive(Clone, Debug, Error)]
#[error("node {name} is not reached at {address}: {reason}")]
pub(crate) struct Unreachable {
    name: String,
    address: String,
    reason: String,
}

impl Peers {
    pub(super) fn new(endpoint: Arc<Endpoint>) -> Self {
        Self {
            endpoint,
            inner: Mutex::default(),
        }
    }

    /// A connection to the node of this name. Waits while it is being made.
    pub(crate) async fn connection(
        &self,
        name: &str,
        address: &str,
        protocol: Protocol,
    ) -> Result<Connection, Unreachable> {
        self.reach(Some(name), address, protocol).await
    }

    /// A connection to whichever node answers there.
    pub(crate) async fn whoever(
        &self,
        address: &str,
        protocol: Protocol,
    ) -> Result<Connection, Unreachable> {
        self.reach(None, address, protocol).await
    }

    async fn reach(
        &self,
        name: Option<&str>,
        address: &str,
        protocol: Protocol,
    ) -> Result<Connection, Unreachable> {
        let target = Target {
            name: name.map(str::to_owned),
            address: address.to_owned(),
            protocol,
        };
        let mut state = self.state(target);
        let settled = state.wait_for(|state| !matches!(state, State::Connecting));
        match settled.await.as_deref() {
            Ok(State::Open(connection)) => Ok(connection.clone()),
            Ok(State::Failed(_, error)) => Err(error.clone()),
            Ok(State::Connecting) | Err(_) => Err(Unreachable {
                name: name.unwrap_or("?").to_owned(),
                address: address.to_owned(),
                reason: "this node is shutting down".to_owned(),
            }),
        }
    }

    /// What is known of a target; begins to connect where there is no use in what is known.
    fn state(&self, target: Target) -> watch::Receiver<State> {
        let mut inner = self.held();
        while inner.connecting.try_join_next().is_some() {}
        if let Some(known) = inner.known.get(&target) {
            let usable = match &*known.borrow() {
                State::Connecting => true,
                State::Open(connection) => connection.is_open(),
                State::Failed(at, _) => at.elapsed() < PAUSE,
            };
            if usable {
                return known.clone();
            }
        }
        let (told, state) = watch::channel(State::Connecting);
        let endpoint = Arc::clone(&self.endpoint);
        let to = target.clone();
        inner.connecting.spawn(async move {
            let state = match connect(&endpoint, &to).await {
                Ok(connection) => State::Open(connection),
                Err(error) => State::Failed(Instant::now(), error),
            };
            told.send_replace(state);
        });
        inner.known.insert(target, state.clone());
        state
    }

    fn held(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects, and makes sure that it is this node that answers: the address may be another's by now.
async fn connect(endpoint: &Endpoint, to: &Target) -> Result<Connection, Unreachable> {
    let unreachable = |reason: String| Unreachable {
        name: to.name.clone().unwrap_or_else(|| "?".to_owned()),
        address: to.address.clone(),
        reason,
    };
    let found = tokio::net::lookup_host(&to.address).await;
    let address = found
        .map_err(|error| unreachable(error.to_string()))?
        .next()
        .ok_or_else(|| unreachable("the name has no address".to_owned()))?;
    let connection = endpoint
        .connect(address, to.protocol)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let peer = connection.peer();
    let wanted = to
        .name
        .as_deref()
        .is_none_or(|name| peer.name.as_str() == name);
    if peer.role != Role::Node || !wanted {
        let reason = format!("{peer} answers there");
        connection.close(Refusal::Done, "another node was wanted");
        return Err(unreachable(reason));
    }
    Ok(connection)
}
