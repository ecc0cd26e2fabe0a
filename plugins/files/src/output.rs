//! A load task's whole output: where it goes, and how it appears all at once.

use std::collections::BTreeSet;

use bubbles_sdk::objects::{self, ObjectError};
use bubbles_sdk::{Context, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::receipt::Receipt;
use crate::{Compression, OutputPath, object_failure};

/// What happens to the output of an earlier job in the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum IfExists {
    /// It is replaced when the job commits, and stays as it is if the job fails.
    #[default]
    Replace,
    /// The job fails before it writes anything.
    Fail,
}

/// Where a job's output goes.
#[derive(Clone, Debug)]
pub struct Output {
    path: String,
    extension: &'static str,
    if_exists: IfExists,
    compression: Compression,
}

impl Output {
    /// `extension` is the format's own, such as `csv`. With no `compression` given, the end of a
    /// file's path decides.
    pub fn new(
        path: &OutputPath,
        extension: &'static str,
        if_exists: IfExists,
        compression: Option<Compression>,
    ) -> Self {
        let path = path.0.clone();
        let compression = compression.unwrap_or_else(|| Compression::named(&path));
        Self {
            path,
            extension,
            if_exists,
            compression,
        }
    }

    /// How its bytes are packed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Where the output of one split goes. An error if a single file would be written by several
    /// partitions, or if there is output already that is not to be replaced.
    pub(crate) fn place(&self, context: &Context) -> Result<String, Error> {
        let url = if self.is_folder() {
            let Self {
                path, extension, ..
            } = self;
            format!(
                "{path}part-{:05}.{extension}{}",
                context.split,
                self.compression.suffix()
            )
        } else if context.splits == 1 {
            self.path.clone()
        } else {
            return Err(Error::Fatal(format!(
                "{:?} is one file, but {} partitions are to be written: set gather = true on task \
                 {:?}, or end the path in \"/\" for a file each",
                self.path, context.splits, context.task
            )));
        };
        if self.if_exists == IfExists::Fail {
            let earlier = self
                .earlier()
                .map_err(|error| object_failure("find", &self.path, error))?;
            if let Some(there) = earlier.first() {
                let message = format!("{there:?} exists, and if-exists is \"fail\"");
                return Err(Error::Fatal(message));
            }
        }
        Ok(url)
    }

    /// Makes the output of all splits visible, then removes the parts of an earlier job that this
    /// one did not replace. Can be repeated.
    pub fn commit(&self, receipts: &[Vec<u8>]) -> Result<(), Error> {
        let receipts = decode_all(receipts)?;
        for Receipt { url, staged } in &receipts {
            match staged {
                Some(staged) => objects::publish(staged)
                    .map_err(|error| object_failure("publish", url, error))?,
                None => remove(url)?,
            }
        }
        if self.is_folder() {
            self.remove_others(&receipts)
        } else {
            Ok(())
        }
    }

    /// Removes what was prepared. Can be repeated.
    pub fn abort(&self, receipts: &[Vec<u8>]) -> Result<(), Error> {
        for Receipt { url, staged } in decode_all(receipts)? {
            if let Some(staged) = staged {
                objects::discard(&staged)
                    .map_err(|error| object_failure("discard the output for", &url, error))?;
            }
        }
        Ok(())
    }

    fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    /// Removes the parts of an earlier job that this one has not replaced.
    fn remove_others(&self, receipts: &[Receipt]) -> Result<(), Error> {
        let kept: BTreeSet<&str> = receipts
            .iter()
            .map(|receipt| file_name(&receipt.url))
            .collect();
        let earlier = self
            .earlier()
            .map_err(|error| object_failure("find", &self.path, error))?;
        for url in earlier.iter().filter(|url| !kept.contains(file_name(url))) {
            remove(url)?;
        }
        Ok(())
    }

    /// Visible output in this place.
    fn earlier(&self) -> Result<Vec<String>, ObjectError> {
        let pattern = if self.is_folder() {
            format!("{}part-*", self.path)
        } else {
            self.path.clone()
        };
        let found = match objects::find(&pattern) {
            Err(ObjectError::NotFound(_)) => Vec::new(),
            found => found?,
        };
        let urls = found.into_iter().map(|object| object.url);
        Ok(urls
            .filter(|url| !self.is_folder() || is_part(file_name(url), self.extension))
            .collect())
    }
}

fn decode_all(receipts: &[Vec<u8>]) -> Result<Vec<Receipt>, Error> {
    receipts
        .iter()
        .map(|receipt| Receipt::decode(receipt))
        .collect()
}

fn remove(url: &str) -> Result<(), Error> {
    match objects::remove(url) {
        Ok(()) | Err(ObjectError::NotFound(_)) => Ok(()),
        Err(error) => Err(object_failure("remove", url, error)),
    }
}

fn file_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// Whether a job of ours wrote a file of this name: `part-00000.csv`, `part-00000.csv.gz`.
fn is_part(name: &str, extension: &str) -> bool {
    let Some((number, end)) = name
        .strip_prefix("part-")
        .and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    let end = end.strip_prefix(extension);
    number.len() >= 5
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(end, Some("" | ".gz" | ".zst"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_parts_are_replaced() {
        for ours in ["part-00000.csv", "part-00017.csv.gz", "part-123456.csv.zst"] {
            assert!(is_part(ours, "csv"), "{ours}");
        }
        for other in [
            "part-0.csv",
            "part-00000.parquet",
            "part-00000.csv.bak",
            "part-0000x.csv",
            "x",
        ] {
            assert!(!is_part(other, "csv"), "{other}");
        }
    }
}
