//! How the replicated log's messages reach the other nodes.

use std::sync::Arc;
use std::time::Duration;

use bubbles_cluster::{Link, LinkError, Member, Replica};
use bubbles_pipeline::NodeId;
use bubbles_transport::{Protocol, Stream};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::peers::Peers;
use crate::wire::{Ask, LongError, receive_long, send_long};

/// A stream to the node for each message.
pub(super) struct PeersLink(pub(super) Arc<Peers>);

impl Link for PeersLink {
    fn call(
        &self,
        _peer: NodeId,
        member: Member,
        request: Vec<u8>,
        deadline: Duration,
    ) -> BoxFuture<'_, Result<Vec<u8>, LinkError>> {
        Box::pin(async move {
            let asked = self.ask(&member, request, deadline);
            let answered = timeout(deadline, asked).await;
            answered.unwrap_or(Err(LinkError::Timeout))
        })
    }
}

impl PeersLink {
    async fn ask(
        &self,
        member: &Member,
        request: Vec<u8>,
        deadline: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let unreachable = |error: &dyn std::error::Error| LinkError::Unreachable(error.to_string());
        let (name, address) = (&member.name, &member.address);
        let connection = self.0.connection(name, address, Protocol::Control).await;
        let connection = connection.map_err(|error| unreachable(&error))?;
        let opened = connection.open().await;
        let mut stream = opened.map_err(|error| unreachable(&error))?;
        let asked = stream.send(&Ask::Log).await;
        asked.map_err(|error| unreachable(&error))?;
        let sent = send_long(&mut stream.sending, request).await;
        sent.map_err(|error| unreachable(&error))?;
        stream
            .sending
            .finish()
            .map_err(|error| unreachable(&error))?;
        let answer = receive_long(&mut stream.receiving, deadline).await;
        answer.map_err(|error| unreachable(&error))
    }
}

/// How long a message of the log may take to arrive once it is begun.
const LOG_WITHIN: Duration = Duration::from_secs(5);

/// Answers a message of the log.
pub(super) async fn answer(replica: &Replica, stream: &mut Stream) -> Result<(), LongError> {
    let request = receive_long(&mut stream.receiving, LOG_WITHIN).await?;
    match replica.answer(&request).await {
        Ok(answer) => {
            send_long(&mut stream.sending, answer).await?;
            Ok(stream.sending.finish()?)
        }
        Err(error) => {
            // The stream is given up, which the asker sees.
            tracing::debug!(%error, "a message of the log is not answered");
            Ok(())
        }
    }
}
