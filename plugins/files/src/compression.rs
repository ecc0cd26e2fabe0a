//! Which compression a file has or gets.

use bubbles_sdk::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::SourceFile;

/// How a file's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Compression {
    /// As they are.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

impl Compression {
    /// Looks at the first bytes of `file`. A name that promises a compression which the bytes do
    /// not have is an error.
    pub fn detect(file: &SourceFile) -> Result<Self, Error> {
        let start = file.read_some(0, MAGIC_BYTES.min(file.size))?;
        let promised = Self::named(&file.url);
        let found = Self::of_bytes(&start);
        if file.size > 0 && promised != Self::None && promised != found {
            let name = promised.name();
            let url = &file.url;
            return Err(Error::Fatal(format!(
                "{url:?} is named as {name}, but its first bytes are not those of {name}"
            )));
        }
        Ok(found)
    }

    /// What the end of a path says: `.gz` or `.zst`.
    pub fn named(path: &str) -> Self {
        match path.rsplit_once('.').map(|(_, end)| end) {
            Some("gz" | "gzip") => Self::Gzip,
            Some("zst" | "zstd") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// What a file name gets at its end: `""`, `".gz"` or `".zst"`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    fn of_bytes(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstd,
            // A zstd file may begin with a frame to be skipped.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

const MAGIC_BYTES: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_bytes_tell() {
        assert_eq!(Compression::named("s3://b/x.csv.gz"), Compression::Gzip);
        assert_eq!(Compression::named("x.csv"), Compression::None);
        assert_eq!(
            Compression::of_bytes(&[0x1f, 0x8b, 8, 0]),
            Compression::Gzip
        );
        assert_eq!(
            Compression::of_bytes(&[0x28, 0xb5, 0x2f, 0xfd]),
            Compression::Zstd
        );
        assert_eq!(Compression::of_bytes(b"a,b\n"), Compression::None);
    }
}
