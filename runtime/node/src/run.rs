//! A node from its start to its end.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use bubbles_node::{Member, MemberHandle, metrics};
use bubbles_transport::Invitation;
use tokio::time::timeout;

use crate::http::{HttpServer, Life, Look};
use crate::settings::Settings;
use crate::signals::Signals;

/// A member drains for a minute at most; this is for one that does not keep to it.
const DRAIN_WITHIN: Duration = Duration::from_secs(65);

/// For closing the log and the connections.
const SHUT_DOWN_WITHIN: Duration = Duration::from_secs(10);

/// What is known of the member, for those who ask over HTTP.
#[derive(Default)]
struct Known {
    member: OnceLock<MemberHandle>,
    broken: OnceLock<String>,
}

impl Known {
    fn life(&self) -> Life {
        match (self.broken.get(), self.member.get()) {
            (Some(reason), _) => Life::Broken(reason.clone()),
            (None, Some(member)) => Life::Running(member.health()),
            (None, None) => Life::Starting,
        }
    }
}

/// Runs a member until the process is asked to stop. Those who watch are answered all along.
///
/// # Errors
/// It does not start, or cannot go on.
pub(crate) async fn run(settings: &Settings, join: Option<Invitation>) -> anyhow::Result<()> {
    let signals = Signals::listen().context("cannot listen for signals")?;
    let known = Arc::new(Known::default());
    let http = match settings.http {
        Some(address) => {
            metrics::install();
            let theirs = Arc::clone(&known);
            let look: Look = Arc::new(move || theirs.life());
            Some(HttpServer::start(address, look).await?)
        }
        None => None,
    };
    if let Some(http) = &http {
        tracing::info!(address = %http.address(), "answers /metrics, /healthz and /readyz");
    }
    let ended = Box::pin(live(settings, join, &signals, &known)).await;
    if let Some(http) = http {
        http.shutdown().await;
    }
    ended
}

/// Starts the member, waits, and stops it.
async fn live(
    settings: &Settings,
    join: Option<Invitation>,
    signals: &Signals,
    known: &Known,
) -> anyhow::Result<()> {
    let member = tokio::select! {
        started = Box::pin(Member::start(settings.member(join))) => started?,
        () = signals.asked() => {
            tracing::info!("asked to stop before it had started");
            return Ok(());
        }
    };
    known.member.get_or_init(|| member.handle());
    if let Some(words) = member.welcome() {
        crate::say(&words);
    }
    tracing::info!(name = %settings.name, advertise = settings.advertise, "started");
    let broken = tokio::select! {
        reason = member.stopped() => Some(reason),
        () = signals.asked() => drain(&member).await,
    };
    if let Some(reason) = &broken {
        known.broken.get_or_init(|| reason.clone());
        tracing::error!(reason, "cannot go on");
    }
    if timeout(SHUT_DOWN_WITHIN, Box::pin(member.shutdown()))
        .await
        .is_err()
    {
        tracing::warn!("did not shut down in time");
    }
    match broken {
        None => {
            tracing::info!("stopped");
            Ok(())
        }
        Some(reason) => Err(anyhow!("the node cannot go on: {reason}")),
    }
}

/// Lets the member finish what it has. Tells why it cannot, if it cannot.
async fn drain(member: &Member) -> Option<String> {
    tracing::info!("asked to stop: takes no new work, finishes or hands back what runs");
    tokio::select! {
        drained = timeout(DRAIN_WITHIN, member.drain()) => {
            if drained.is_err() {
                tracing::warn!("did not finish in time what was running");
            }
            None
        }
        reason = member.stopped() => Some(reason),
    }
}
