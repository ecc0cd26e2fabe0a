//! The two questions about sizes that `parquet` asks.

use std::error::Error;
use std::fmt;

use ruzstd::decoding::FrameDecoder;

/// A frame header that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentSizeError;

impl fmt::Display for ContentSizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not the start of a zstd frame")
    }
}

impl Error for ContentSizeError {}

/// The length of the content as the header of the first frame gives it; none if it does not.
///
/// # Errors
/// `source` does not start with a whole zstd frame header.
pub fn get_frame_content_size(source: &[u8]) -> Result<Option<u64>, ContentSizeError> {
    let mut decoder = FrameDecoder::new();
    decoder.init(source).map_err(|_| ContentSizeError)?;
    Ok(Some(decoder.content_size()).filter(|size| *size > 0))
}

/// The most that `length` bytes can take compressed: the formula of zstd's `ZSTD_COMPRESSBOUND`.
#[must_use]
pub fn compress_bound(length: usize) -> usize {
    const SMALL: usize = 128 << 10;
    let margin = if length < SMALL {
        (SMALL - length) >> 11
    } else {
        0
    };
    length + (length >> 8) + margin
}
