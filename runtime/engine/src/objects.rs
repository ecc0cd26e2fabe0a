//! Files and cloud objects by URL: all a guest sees of storage. Each access is checked against the
//! grants anew.

mod error;
mod find;
mod folder;
mod glob;
mod read;
mod receipt;
mod remote;
mod staged;
mod sweep;

use std::sync::Arc;

use bytes::Bytes;

pub(crate) use self::remote::Stores;
pub(crate) use self::staged::Staged;
pub use self::sweep::sweep;

use self::error::unusable;
use self::folder::{Access, denied};
use self::read::LocalFiles;
use self::receipt::Receipt;
use self::remote::{OpenUploads, RemoteFiles, RemoteStaged};
use crate::contract::ObjectError;
use crate::grants::{Grants, Location};

/// Most that one `read` gives: what the host allocates for it.
const MAX_READ_BYTES: u64 = 8 << 20;

/// Longest URL: the host copies it.
pub(crate) const MAX_URL_BYTES: usize = 4 << 10;

/// A visible object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) url: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
}

/// The storage side of a guest.
pub(crate) struct Objects {
    stores: Arc<Stores>,
    /// Made at the first call: most instances read and write nothing by themselves.
    files: Option<Box<Files>>,
    /// Of the call that opened the instance; part of the names of what is staged.
    job: Option<String>,
    published: Vec<String>,
    /// Receipts given to the guest that it has not yet handed to the runtime.
    unclaimed: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Files {
    local: LocalFiles,
    remote: RemoteFiles,
    uploads: OpenUploads,
    bytes_read: u64,
}

impl Objects {
    pub(crate) fn new(stores: Arc<Stores>) -> Self {
        Self {
            stores,
            files: None,
            job: None,
            published: Vec::new(),
            unclaimed: Vec::new(),
        }
    }

    /// Names the job whose output is staged from now on.
    pub(crate) fn set_job(&mut self, job: &str) {
        self.job = Some(job.to_owned());
    }

    /// Makes a staged object durable; gives the receipt.
    pub(crate) fn finish(&mut self, staged: Staged) -> Result<Vec<u8>, ObjectError> {
        let receipt = staged.finish()?;
        self.unclaimed.push(receipt.clone());
        Ok(receipt)
    }

    /// The runtime has the receipts: what they name is kept when the guest goes.
    pub(crate) fn claim(&mut self) {
        self.unclaimed.clear();
    }

    /// Removes what was finished and whose receipt nobody else has: the guest ended before its
    /// `prepare` returned.
    pub(crate) fn discard_unclaimed(&mut self, grants: &Grants) {
        for receipt in std::mem::take(&mut self.unclaimed) {
            if let Err(error) = self.discard(grants, &receipt) {
                tracing::warn!(?error, "cannot remove what an ended task staged");
            }
        }
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.files.as_ref().map_or(0, |files| files.bytes_read)
    }

    /// URLs of what was made visible.
    pub(crate) fn published(&self) -> &[String] {
        &self.published
    }

    /// All objects that match, sorted. Whoever may write a place may also see what lies there: a
    /// load has to know the parts that it replaces.
    pub(crate) fn find(
        &mut self,
        grants: &Grants,
        pattern: &str,
    ) -> Result<Vec<Found>, ObjectError> {
        let (place, rest) = find::split(&grants.base, pattern)?;
        let granted = granted(&grants.write, &place, pattern, Access::Write)
            .or_else(|_| granted(&grants.read, &place, pattern, Access::Read))?;
        match (&place, granted) {
            (Location::Path(path), Location::Path(root)) => {
                find::find_local(root, path, pattern, &rest)
            }
            _ => self.stores.find(&place, pattern, &rest),
        }
    }

    /// At most `length` bytes from `offset`.
    pub(crate) fn read(
        &mut self,
        grants: &Grants,
        url: &str,
        offset: u64,
        length: u64,
    ) -> Result<Bytes, ObjectError> {
        let length = length.min(MAX_READ_BYTES);
        let files = self.files.get_or_insert_default();
        let bytes = if let Some(bytes) = files.local.read_open(url, offset, length) {
            bytes?
        } else {
            let place = parse(grants, url)?;
            match (&place, granted(&grants.read, &place, url, Access::Read)?) {
                (Location::Path(path), Location::Path(root)) => files
                    .local
                    .open(root, path, url)?
                    .read(url, offset, length)?,
                _ => files
                    .remote
                    .read(&self.stores, &place, url, offset, length)?,
            }
        };
        files.bytes_read += bytes.len() as u64;
        Ok(bytes)
    }

    /// Begins an object that nobody sees.
    pub(crate) fn create(&mut self, grants: &Grants, url: &str) -> Result<Staged, ObjectError> {
        let place = parse(grants, url)?;
        if url.ends_with('/') {
            return Err(ObjectError::Other(format!(
                "`{url}` names a folder, not an object"
            )));
        }
        match (&place, granted(&grants.write, &place, url, Access::Write)?) {
            (Location::Path(path), Location::Path(root)) => {
                Staged::create(root, path, url, self.job.as_deref())
            }
            _ => {
                let open = &self.files.get_or_insert_default().uploads;
                RemoteStaged::create(&self.stores, &place, url, open).map(Staged::Remote)
            }
        }
    }

    /// Makes a staged object visible.
    pub(crate) fn publish(&mut self, grants: &Grants, receipt: &[u8]) -> Result<(), ObjectError> {
        let receipt = Receipt::read(receipt)?;
        let place = parse(grants, receipt.target())?;
        match (
            &receipt,
            &place,
            granted(&grants.write, &place, receipt.url(), Access::Write)?,
        ) {
            (Receipt::Local(local), Location::Path(path), Location::Path(root)) => {
                local.publish(root, path)?;
            }
            (Receipt::Remote(remote), Location::Url(_), _) => {
                self.stores.publish(&place, remote)?;
            }
            _ => return Err(receipt::forged()),
        }
        self.published.push(receipt.url().to_owned());
        Ok(())
    }

    /// Removes a staged object.
    pub(crate) fn discard(&mut self, grants: &Grants, receipt: &[u8]) -> Result<(), ObjectError> {
        let receipt = Receipt::read(receipt)?;
        let place = parse(grants, receipt.target())?;
        match (
            &receipt,
            &place,
            granted(&grants.write, &place, receipt.url(), Access::Write)?,
        ) {
            (Receipt::Local(local), Location::Path(path), Location::Path(root)) => {
                local.discard(root, path)
            }
            (Receipt::Remote(remote), Location::Url(_), _) => self.stores.discard(&place, remote),
            _ => Err(receipt::forged()),
        }
    }

    /// Removes a visible object.
    pub(crate) fn remove(&mut self, grants: &Grants, url: &str) -> Result<(), ObjectError> {
        let place = parse(grants, url)?;
        match (&place, granted(&grants.write, &place, url, Access::Write)?) {
            (Location::Path(path), Location::Path(root)) => folder::remove(root, path, url),
            _ => self.stores.remove(&place, url),
        }
    }
}

fn parse(grants: &Grants, url: &str) -> Result<Location, ObjectError> {
    Location::parse(&grants.base, url).map_err(|error| unusable(url, &error))
}

/// The grant that gives `place`.
fn granted<'a>(
    grants: &'a [Location],
    place: &Location,
    url: &str,
    access: Access,
) -> Result<&'a Location, ObjectError> {
    grants
        .iter()
        .find(|grant| grant.covers(place))
        .ok_or_else(|| denied(url, access))
}
