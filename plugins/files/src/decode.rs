//! Unpacking while reading.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::pieces::Pieces;

/// The largest window a zstd frame may ask for: what fits twice into the memory a task gets unless
/// told otherwise. `zstd --long` and `--ultra` can go beyond.
const ZSTD_WINDOW_BYTES: u64 = 64 << 20;

pub(crate) enum Decoder {
    Gzip(Box<MultiGzDecoder<Pieces>>),
    Zstd(Box<Zstd<Pieces>>),
}

impl Decoder {
    pub(crate) fn gzip(pieces: Pieces) -> Self {
        Self::Gzip(Box::new(MultiGzDecoder::new(pieces)))
    }

    pub(crate) fn zstd(pieces: Pieces) -> Self {
        Self::Zstd(Box::new(Zstd::new(pieces)))
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Gzip(gzip) => gzip.get_ref().url(),
            Self::Zstd(zstd) => zstd.source.url(),
        }
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(gzip) => gzip.read(buffer),
            Self::Zstd(zstd) => zstd.read(buffer),
        }
    }
}

/// All frames of a zstd file, one after the other.
pub(crate) struct Zstd<R> {
    source: R,
    frame: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    pub(crate) fn new(source: R) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(ZSTD_WINDOW_BYTES);
        Self {
            source,
            frame,
            in_frame: false,
        }
    }

    /// Goes to the next frame with data. False at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.source) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(u64::from(length))?,
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(false)
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
        if skipped < length {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(())
        }
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        let stored = self.frame.get_checksum_from_data();
        if stored.is_some() && stored != self.frame.get_calculated_checksum() {
            return Err(io::Error::other("the checksum of its content is wrong"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.next_frame()? {
                return Ok(0);
            }
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                self.frame
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(broken)?;
            }
            let count = self.frame.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.end_frame()?;
        }
    }
}

/// The cause if reading itself failed, so that a busy server stays something to retry.
fn broken(error: FrameDecoderError) -> io::Error {
    match error {
        FrameDecoderError::FailedToReadChecksum(cause) => cause,
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Zstd::new(bytes).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn frames_follow_each_other_and_skippable_ones_are_skipped() {
        let text = b"one line\n".repeat(50_000);
        let frame = compress_to_vec(text.as_slice(), CompressionLevel::Fastest);
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let file = [&skippable[..], &frame, &skippable, &frame].concat();
        assert_eq!(unpack(&file).unwrap(), [text.clone(), text].concat());
    }

    #[test]
    fn a_torn_file_is_an_error() {
        let frame = compress_to_vec(&b"one line\n".repeat(50_000)[..], CompressionLevel::Fastest);
        unpack(&frame[..frame.len() - 5]).unwrap_err();
        unpack(&[&frame[..], b"rubbish"].concat()).unwrap_err();
    }
}
