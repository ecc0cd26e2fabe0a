//! Who connects is answered: a background task for each connection and each stream, all owned here.

use std::sync::Arc;
use std::time::Duration;

use bubbles_transport::{Closed, Connection, Endpoint, Protocol, ReceiveError, SendError, Stream};
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};

use super::shared::Shared;
use super::{answers, haul, link, worker_stream};
use crate::wire::{Ask, Denial, LongError, Tell, may};

/// How long a question may take to arrive, once its stream is opened.
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// Why a conversation ended early.
#[derive(Debug, Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Long(#[from] LongError),
    #[error(transparent)]
    Haul(#[from] haul::HaulError),
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// Answers all who connect, until the endpoint is shut down.
pub(super) async fn serve(shared: Arc<Shared>, endpoint: Arc<Endpoint>) {
    let mut connections = JoinSet::new();
    while let Some(connection) = endpoint.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(serve_connection(Arc::clone(&shared), connection));
    }
    connections.shutdown().await;
}

/// Answers the streams of a connection: as many at once as the transport lets a peer open.
async fn serve_connection(shared: Arc<Shared>, connection: Connection) {
    let mut streams = JoinSet::new();
    while let Ok(stream) = connection.accept().await {
        while streams.try_join_next().is_some() {}
        let (shared, connection) = (Arc::clone(&shared), connection.clone());
        streams.spawn(async move {
            if let Err(error) = converse(&shared, &connection, stream).await {
                tracing::debug!(peer = %connection.peer(), %error, "a conversation broke off");
            }
        });
    }
    streams.shutdown().await;
}

async fn converse(
    shared: &Arc<Shared>,
    connection: &Connection,
    mut stream: Stream,
) -> Result<(), Broken> {
    match connection.protocol() {
        Protocol::Data => Ok(haul::serve(shared, connection, stream).await?),
        Protocol::Join => answers::join(shared, connection, stream).await,
        Protocol::Control => {
            let ask: Ask = stream.receive(ASK_WITHIN).await?;
            let (needs, yours) = (ask.needs(), connection.peer().role);
            if !may(yours, needs) {
                let denial = Denial::Forbidden { needs, yours };
                stream.send(&Tell::No(denial)).await?;
                return Ok(stream.sending.finish()?);
            }
            match ask {
                Ask::Log => Ok(link::answer(&shared.replica, &mut stream).await?),
                Ask::Attach {
                    node,
                    address,
                    slots,
                    labels,
                } => {
                    let attached = worker_stream::Attaching {
                        node,
                        address,
                        slots,
                        labels,
                    };
                    worker_stream::serve(shared, connection, stream, attached).await
                }
                ask => answers::control(shared, connection, stream, ask).await,
            }
        }
    }
}
