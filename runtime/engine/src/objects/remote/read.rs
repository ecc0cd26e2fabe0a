//! Reading remote objects: the next piece is fetched while the guest works on this one.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use tokio::task::JoinHandle;

use super::failure::failed;
use super::{Store, Stores};
use crate::contract::ObjectError;
use crate::grants::Location;

/// Objects kept open for the next read, each with at most one piece on its way.
const OPEN_OBJECTS: usize = 4;

/// The remote objects that a guest reads.
#[derive(Default)]
pub(in super::super) struct RemoteFiles {
    /// Used last comes last.
    open: Vec<(String, RemoteFile)>,
}

struct RemoteFile {
    store: Store,
    path: Path,
    size: u64,
    /// Pieces of two versions are not put together.
    etag: Option<String>,
    /// Where the next read begins if the task reads in order.
    next: Option<u64>,
    ahead: Option<Ahead>,
}

/// A piece on its way. Dropping it gives it up.
struct Ahead {
    range: Range<u64>,
    task: JoinHandle<object_store::Result<Bytes>>,
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RemoteFiles {
    /// At most `length` bytes from `offset`, fewer only at the end.
    pub(in super::super) fn read(
        &mut self,
        stores: &Arc<Stores>,
        place: &Location,
        url: &str,
        offset: u64,
        length: u64,
    ) -> Result<Bytes, ObjectError> {
        match self.open.iter().position(|(open, _)| open == url) {
            Some(index) => self.open[index..].rotate_left(1),
            None => {
                if self.open.len() == OPEN_OBJECTS {
                    self.open.remove(0);
                }
                self.open
                    .push((url.to_owned(), RemoteFile::open(stores, place, url)?));
            }
        }
        let (_, file) = self.open.last_mut().expect("just put there");
        file.read(stores, offset, length)
            .map_err(|error| failed("read", url, &error))
    }
}

impl RemoteFile {
    fn open(stores: &Stores, place: &Location, url: &str) -> Result<Self, ObjectError> {
        let (store, path) = stores.store(place, url)?;
        let meta = stores
            .wait(store.objects.head(&path))
            .map_err(|error| failed("read", url, &error))?;
        // A weak tag says that versions are alike, not that they are the same.
        let etag = meta.e_tag.filter(|etag| !etag.starts_with("W/"));
        Ok(Self {
            store,
            path,
            size: meta.size,
            etag,
            next: None,
            ahead: None,
        })
    }

    fn read(&mut self, stores: &Stores, offset: u64, length: u64) -> object_store::Result<Bytes> {
        let range = offset.min(self.size)..offset.saturating_add(length).min(self.size);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let bytes = match self.ahead.take() {
            Some(mut ahead) if ahead.range.start == range.start && ahead.range.end >= range.end => {
                let fetched = stores.wait(&mut ahead.task);
                let wanted = usize::try_from(range.end - range.start).expect("reads are bounded");
                match fetched {
                    Ok(bytes) => bytes?.slice(..wanted),
                    Err(_) => stores.wait(self.fetch(range.clone()))?,
                }
            }
            _ => stores.wait(self.fetch(range.clone()))?,
        };
        let in_order = self.next.replace(range.end) == Some(range.start);
        if in_order {
            let ahead = range.end..range.end.saturating_add(length).min(self.size);
            if !ahead.is_empty() {
                let task = stores.runtime.spawn(self.fetch(ahead.clone()));
                self.ahead = Some(Ahead { range: ahead, task });
            }
        }
        Ok(bytes)
    }

    fn fetch(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = object_store::Result<Bytes>> + Send + 'static {
        let objects: Arc<dyn ObjectStore> = Arc::clone(&self.store.objects);
        let path = self.path.clone();
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.etag.clone(),
            ..GetOptions::default()
        };
        async move { objects.get_opts(&path, options).await?.bytes().await }
    }
}
