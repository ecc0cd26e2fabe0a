//! What those who watch a node ask it over HTTP: `/metrics`, `/healthz`, `/readyz`.
//!
//! A port without certificates, on the loopback address unless told otherwise: it tells
//! and takes no orders. What somebody can cost who speaks to it is in [`Limits`].
//!
//! Non-goals: TLS, names, pages for people: a proxy's work, or a dashboard's.

mod check;
mod pages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use bubbles_node::Health;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub(crate) use check::is_ready;

/// What the process says of itself when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// The member is not there yet.
    Starting,
    /// The member is there.
    Running(Health),
    /// It cannot go on, for this reason.
    Broken(String),
}

/// Looks at the process. Asked for every request, so it is to be quick.
pub(crate) type Look = Arc<dyn Fn() -> Life + Send + Sync>;

/// What a client can cost.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Connections at once; more wait in the system's queue. Each has a task and a buffer.
    connections: usize,
    /// For the whole head of a request, from the beginning of the connection.
    head_within: Duration,
    /// For all of a connection, which is one request and its answer.
    request_within: Duration,
}

impl Limits {
    /// A scraper, an orchestrator's probes, a few people: 64 are many, and a client on the
    /// other side of a bad line gets its page in ten seconds.
    const USUAL: Self = Self {
        connections: 64,
        head_within: Duration::from_secs(5),
        request_within: Duration::from_secs(10),
    };
}

/// The head of a request, line and headers: the smallest buffer that hyper takes.
const HEAD_BYTES_MAX: usize = 8 << 10;

/// Headers of a request: a browser sends 20.
const HEADERS_MAX: usize = 64;

/// After a connection could not be accepted, as there are too many open files: until some are closed.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Answers at an address. Dropping it stops that.
#[must_use = "a server that is dropped answers nobody"]
pub(crate) struct HttpServer {
    address: SocketAddr,
    background: JoinSet<()>,
}

impl HttpServer {
    /// Listens, and answers from now on.
    ///
    /// # Errors
    /// The address is in use, or not this machine's.
    pub(crate) async fn start(address: SocketAddr, look: Look) -> anyhow::Result<Self> {
        let server = Self::start_within(Limits::USUAL, address, look).await;
        server.with_context(|| {
            format!("cannot listen at {address} for HTTP (another address by --http, none by --http off)")
        })
    }

    async fn start_within(limits: Limits, address: SocketAddr, look: Look) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut background = JoinSet::new();
        background.spawn(accept(listener, pages::router(look), limits));
        Ok(Self {
            address,
            background,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and ends its connections.
    pub(crate) async fn shutdown(mut self) {
        self.background.shutdown().await;
    }
}

/// Takes as many connections as there may be, for ever.
async fn accept(listener: TcpListener, pages: Router, limits: Limits) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < limits.connections => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(converse(stream, pages.clone(), limits));
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a connection for HTTP was not accepted");
                        sleep(ACCEPT_AGAIN_AFTER).await;
                    }
                }
            }
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "an answer over HTTP failed");
                }
            }
        }
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, pages: Router, limits: Limits) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(false);
    let answering = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages));
    match timeout(limits.request_within, answering).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection for HTTP failed"),
        Err(_) => tracing::debug!("a connection for HTTP took too long"),
    }
}

#[cfg(test)]
mod tests;
