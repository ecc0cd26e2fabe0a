//! Remote objects in the making: an upload in parts that is not completed.
//!
//! Completing it is what `publish` does. Other than an object under a temporary name that is copied
//! and removed, an open upload is seen by nobody, becomes the object in one request however large
//! it is, is not copied a second time, and is thrown away by the store's own rules where all of us
//! died. It outlives this process: all that is needed to complete it is in the receipt.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use tokio::task::JoinHandle;

use super::Stores;
use super::failure::failed;
use crate::contract::ObjectError;
use crate::grants::Location;
use crate::objects::receipt::RemoteReceipt;

/// One part. Stores want 5 MiB at least, of equal size, and at most 10,000 of them.
const PART_BYTES: usize = 8 << 20;
const MAX_PARTS: usize = 10_000;

/// Parts on their way at once: what is held for an upload is this and one part more.
const IN_FLIGHT: usize = 2;

/// Uploads that one guest may have open: each holds some parts in the host's memory.
const MAX_OPEN: usize = 16;

/// Counts the open uploads of a guest: each holds a share.
pub(in super::super) type OpenUploads = Arc<()>;

/// An upload that is neither completed nor given up.
pub(crate) struct RemoteStaged {
    stores: Arc<Stores>,
    uploads: Arc<dyn MultipartStore>,
    path: Path,
    url: String,
    /// The store's name for it; taken once it is finished.
    upload: Option<String>,
    begun_seconds: i64,
    buffer: Vec<u8>,
    in_flight: VecDeque<JoinHandle<object_store::Result<PartId>>>,
    parts: Vec<String>,
    size: u64,
    _open: OpenUploads,
}

impl RemoteStaged {
    pub(in super::super) fn create(
        stores: &Arc<Stores>,
        place: &Location,
        url: &str,
        open: &OpenUploads,
    ) -> Result<Self, ObjectError> {
        if Arc::strong_count(open) > MAX_OPEN {
            let message = format!("cannot write `{url}`: {MAX_OPEN} uploads are open already");
            return Err(ObjectError::Other(message));
        }
        let (store, path) = stores.store(place, url)?;
        let uploads = Arc::clone(store.uploads(url)?);
        let upload = stores
            .wait(uploads.create_multipart(&path))
            .map_err(|error| failed("write", url, &error))?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        Ok(Self {
            stores: Arc::clone(stores),
            uploads,
            path,
            url: url.to_owned(),
            upload: Some(upload),
            begun_seconds: i64::try_from(now).unwrap_or(i64::MAX),
            buffer: Vec::new(),
            in_flight: VecDeque::new(),
            parts: Vec::new(),
            size: 0,
            _open: Arc::clone(open),
        })
    }

    pub(in super::super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), ObjectError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == PART_BYTES {
                self.send()?;
            }
        }
        Ok(())
    }

    pub(in super::super) fn finish(mut self) -> Result<RemoteReceipt, ObjectError> {
        // An empty object has one empty part: stores complete nothing out of none.
        if !self.buffer.is_empty() || self.size == 0 {
            self.send()?;
        }
        while !self.in_flight.is_empty() {
            self.settle_one()?;
        }
        Ok(RemoteReceipt {
            url: std::mem::take(&mut self.url),
            upload: self.upload.take().expect("an upload is finished once"),
            parts: std::mem::take(&mut self.parts),
            size: self.size,
            begun_seconds: self.begun_seconds,
        })
    }

    /// Sends what is in the buffer as the next part.
    fn send(&mut self) -> Result<(), ObjectError> {
        let index = self.parts.len() + self.in_flight.len();
        if index == MAX_PARTS {
            let limit = (MAX_PARTS * PART_BYTES) >> 30;
            let url = &self.url;
            return Err(ObjectError::Other(format!(
                "`{url}` is larger than {limit} GiB"
            )));
        }
        if self.in_flight.len() == IN_FLIGHT {
            self.settle_one()?;
        }
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        self.size += part.len() as u64;
        let uploads = Arc::clone(&self.uploads);
        let path = self.path.clone();
        let upload = self.upload.clone().expect("not finished");
        let sent = async move { uploads.put_part(&path, &upload, index, part.into()).await };
        self.in_flight.push_back(self.stores.runtime.spawn(sent));
        Ok(())
    }

    /// Waits for the oldest part on its way.
    fn settle_one(&mut self) -> Result<(), ObjectError> {
        let Some(oldest) = self.in_flight.pop_front() else {
            return Ok(());
        };
        let part = match self.stores.wait(oldest) {
            Ok(Ok(part)) => part,
            Ok(Err(error)) => return Err(failed("write", &self.url, &error)),
            Err(error) => {
                let url = &self.url;
                return Err(ObjectError::Transient(format!(
                    "cannot write `{url}`: {error}"
                )));
            }
        };
        self.parts.push(part.content_id);
        Ok(())
    }
}

impl Drop for RemoteStaged {
    fn drop(&mut self) {
        for part in &self.in_flight {
            part.abort();
        }
        let Some(upload) = self.upload.take() else {
            return;
        };
        let uploads = Arc::clone(&self.uploads);
        let path = self.path.clone();
        // Nobody waits for it: what it does not remove, the store's own rules do.
        let given_up = async move {
            if let Err(error) = uploads.abort_multipart(&path, &upload).await {
                tracing::warn!(%path, %error, "an unfinished upload is left to the store");
            }
        };
        drop(self.stores.runtime.spawn(given_up));
    }
}
