//! Opening a store. What it is opened with comes from the node's environment alone.

use std::sync::Arc;
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::multipart::MultipartStore;
use object_store::{ObjectStore, Result};
use url::{Position, Url};

use super::Store;
use super::http::SameHost;

/// How long one request is tried again before the guest is told.
fn retry() -> RetryConfig {
    RetryConfig {
        max_retries: 5,
        retry_timeout: Duration::from_secs(60),
        ..RetryConfig::default()
    }
}

/// Opens the store that `place` lies in.
pub(super) fn connect(place: &Url) -> Result<Store> {
    use_ring();
    let name = place.host_str().unwrap_or_default();
    match place.scheme() {
        "s3" => AmazonS3Builder::from_env()
            .with_bucket_name(name)
            .with_retry(retry())
            .build()
            .map(writable),
        "gs" => GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(name)
            .with_retry(retry())
            .build()
            .map(writable),
        "az" => MicrosoftAzureBuilder::from_env()
            .with_container_name(name)
            .with_retry(retry())
            .build()
            .map(writable),
        _ => {
            let store = HttpBuilder::new()
                .with_url(&place[..Position::BeforePath])
                .with_retry(retry())
                .with_http_connector(SameHost)
                .build()?;
            Ok(Store {
                objects: Arc::new(store),
                uploads: None,
            })
        }
    }
}

fn writable(store: impl ObjectStore + MultipartStore) -> Store {
    let store = Arc::new(store);
    Store {
        objects: Arc::clone(&store) as Arc<dyn ObjectStore>,
        uploads: Some(store),
    }
}

/// TLS wants to be told whose cryptography to use. That somebody else told it is as good.
fn use_ring() {
    let installed = rustls::crypto::ring::default_provider().install_default();
    if installed.is_err() {
        tracing::trace!("a provider of cryptography is installed already");
    }
}
