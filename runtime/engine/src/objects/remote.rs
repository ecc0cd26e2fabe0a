//! Objects in cloud stores and behind http. A slot's thread waits for each answer; what can be
//! done ahead (the next read, an upload's parts) goes on beside it.

mod connect;
mod failure;
mod http;
mod read;
mod staged;

pub(super) use self::read::RemoteFiles;
pub(super) use self::staged::{OpenUploads, RemoteStaged};

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::runtime::Handle;
use url::Url;

use self::failure::{absent, failed};
use super::Found;
use super::find::MAX_FOUND;
use super::glob::Glob;
use super::receipt::RemoteReceipt;
use crate::contract::ObjectError;
use crate::grants::Location;

/// Names that one call looks at.
const MAX_SEEN: usize = 1_000_000;

/// An object that was published may seem older than its upload by so much: clocks differ.
const CLOCK_SKEW_SECONDS: i64 = 15 * 60;

/// Connections to stores, shared by all instances of an engine. Credentials come from the node's
/// environment and stay here.
pub(crate) struct Stores {
    runtime: Handle,
    open: Mutex<HashMap<String, Store>>,
}

/// One bucket, container or server.
#[derive(Clone)]
struct Store {
    objects: Arc<dyn ObjectStore>,
    /// None where the store only gives.
    uploads: Option<Arc<dyn MultipartStore>>,
}

impl Stores {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            open: Mutex::default(),
        }
    }

    /// All objects that match.
    pub(super) fn find(
        &self,
        place: &Location,
        pattern: &str,
        glob: &Glob,
    ) -> Result<Vec<Found>, ObjectError> {
        let (store, path) = self.store(place, pattern)?;
        if glob.parts().is_empty() {
            let head = self.wait(store.objects.head(&path));
            return match head {
                Ok(meta) => Ok(vec![found(pattern.to_owned(), meta)]),
                Err(error) if absent(&error) => Ok(Vec::new()),
                Err(error) => Err(failed("look for", pattern, &error)),
            };
        }
        let (prefix, _) = super::glob::split(pattern);
        let mut found = self.wait(list(&store, &path, prefix, pattern, glob))?;
        found.sort_unstable_by(|a, b| a.url.cmp(&b.url));
        Ok(found)
    }

    /// Completes an upload: one request, after which the object is there, whole.
    pub(super) fn publish(
        &self,
        place: &Location,
        receipt: &RemoteReceipt,
    ) -> Result<(), ObjectError> {
        let (store, path) = self.store(place, &receipt.url)?;
        let uploads = store.uploads(&receipt.url)?;
        let part = |content_id: &String| PartId {
            content_id: content_id.clone(),
        };
        let parts = receipt.parts.iter().map(part).collect();
        let completed = self.wait(uploads.complete_multipart(&path, &receipt.upload, parts));
        let Err(error) = completed else {
            return Ok(());
        };
        // An upload that is gone was completed before, or thrown away. The store does not say
        // which; an object of that size that is not older than the upload does.
        let published = self.wait(store.objects.head(&path)).is_ok_and(|meta| {
            meta.size == receipt.size
                && meta.last_modified.timestamp() >= receipt.begun_seconds - CLOCK_SKEW_SECONDS
        });
        if published {
            Ok(())
        } else {
            Err(failed("publish", &receipt.url, &error))
        }
    }

    /// Gives an upload up. That it is not there is as good.
    pub(super) fn discard(
        &self,
        place: &Location,
        receipt: &RemoteReceipt,
    ) -> Result<(), ObjectError> {
        let (store, path) = self.store(place, &receipt.url)?;
        let uploads = store.uploads(&receipt.url)?;
        match self.wait(uploads.abort_multipart(&path, &receipt.upload)) {
            Err(error) if !absent(&error) => Err(failed("discard", &receipt.url, &error)),
            _ => Ok(()),
        }
    }

    /// Removes an object. That it is not there is as good.
    pub(super) fn remove(&self, place: &Location, url: &str) -> Result<(), ObjectError> {
        let (store, path) = self.store(place, url)?;
        // A server that only gives is not asked.
        store.uploads(url)?;
        match self.wait(store.objects.delete(&path)) {
            Err(error) if !absent(&error) => Err(failed("remove", url, &error)),
            _ => Ok(()),
        }
    }

    /// The store of a place, and the object's path in it.
    fn store(&self, place: &Location, url: &str) -> Result<(Store, Path), ObjectError> {
        let Location::Url(place) = place else {
            return Err(ObjectError::Other(format!(
                "`{url}` is not a URL of an object store"
            )));
        };
        let path = Path::from_url_path(place.path())
            .map_err(|error| ObjectError::Other(format!("`{url}`: {error}")))?;
        let key = key(place);
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        if let Some(store) = open.get(&key) {
            return Ok((store.clone(), path));
        }
        let store = connect::connect(place).map_err(|error| {
            ObjectError::Other(format!("cannot open the store of `{url}`: {error}"))
        })?;
        open.insert(key, store.clone());
        Ok((store, path))
    }

    /// Waits on this thread.
    fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    #[cfg(test)]
    pub(crate) fn add(&self, url: &str, store: Arc<object_store::memory::InMemory>) {
        let store = Store {
            objects: Arc::clone(&store) as _,
            uploads: Some(store),
        };
        self.open
            .lock()
            .unwrap()
            .insert(key(&Url::parse(url).unwrap()), store);
    }
}

fn key(place: &Url) -> String {
    place[..url::Position::BeforePath].to_owned()
}

impl Store {
    fn uploads(&self, url: &str) -> Result<&Arc<dyn MultipartStore>, ObjectError> {
        self.uploads.as_ref().ok_or_else(|| {
            ObjectError::Other(format!("`{url}`: objects behind http can only be read"))
        })
    }
}

async fn list(
    store: &Store,
    path: &Path,
    prefix: &str,
    pattern: &str,
    glob: &Glob,
) -> Result<Vec<Found>, ObjectError> {
    let mut objects = store.objects.list(Some(path));
    let mut matching = Vec::new();
    let mut seen = 0;
    while let Some(object) = objects.next().await {
        let object = object.map_err(|error| failed("look for", pattern, &error))?;
        seen += 1;
        if seen > MAX_SEEN || matching.len() == MAX_FOUND {
            return Err(ObjectError::Other(format!(
                "`{pattern}`: too many objects to look at"
            )));
        }
        let Some(below) = object.location.prefix_match(path) else {
            continue;
        };
        let names: Vec<String> = below.map(|name| name.as_ref().to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if glob.matches(&names) {
            let url = format!("{prefix}{}", written(&names.join("/")));
            matching.push(found(url, object));
        }
    }
    Ok(matching)
}

/// A path as it is written in a URL that is read again.
fn written(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

fn found(url: String, meta: ObjectMeta) -> Found {
    Found {
        url,
        size: meta.size,
        etag: meta.e_tag,
    }
}
