//! Plain http: a server must not send the runtime on to where the guest may not go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientOptions, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};

use crate::wasi::is_nearby;

const MAX_REDIRECTS: usize = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Between two pieces of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes clients that follow redirects within the host that was granted, no further, and that do
/// not take a name for an address of this machine.
#[derive(Debug)]
pub(super) struct SameHost;

impl HttpConnector for SameHost {
    fn connect(&self, _options: &ClientOptions) -> Result<HttpClient> {
        let client = reqwest::Client::builder()
            .redirect(Policy::custom(follow))
            .dns_resolver(Arc::new(NotNearby))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build();
        match client {
            Ok(client) => Ok(HttpClient::new(client)),
            Err(error) => Err(object_store::Error::Generic {
                store: "http",
                source: Box::new(error),
            }),
        }
    }
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let to = attempt.url();
    let same_host = attempt.previous().first().is_some_and(|from| {
        from.host_str() == to.host_str()
            && from.port_or_known_default() == to.port_or_known_default()
            && from.scheme() == to.scheme()
    });
    if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error("too many redirects")
    } else if same_host {
        attempt.follow()
    } else {
        let to = crate::log::harmless(to.as_str());
        attempt.error(format!("redirected to `{to}`, which is another host"))
    }
}

/// Resolves names, and leaves out what leads to this machine or this cable.
struct NotNearby;

impl Resolve for NotNearby {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let local = name.eq_ignore_ascii_case("localhost");
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| local || !is_nearby(address.ip().to_canonical()))
                .collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
