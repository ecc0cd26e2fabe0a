//! Whole pages compressed and decompressed in one call.

use std::io::{self, Cursor, Error, ErrorKind, Read};
use std::marker::PhantomData;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress};

/// How much is decoded before it is moved to the output: bounds the decoder's own buffer.
const STEP_BYTES: usize = 256 << 10;

/// Compresses pages. The lifetime is that of a dictionary, which this crate does not have.
#[derive(Debug)]
pub struct Compressor<'a> {
    dictionary: PhantomData<&'a [u8]>,
}

impl Compressor<'static> {
    /// A compressor. Whatever the level, `ruzstd`'s one level is used.
    ///
    /// # Errors
    /// None: the result is the signature that `parquet` expects.
    pub fn new(_level: i32) -> io::Result<Self> {
        Ok(Self {
            dictionary: PhantomData,
        })
    }
}

impl Compressor<'_> {
    /// Writes `source` as one frame at the cursor's position and gives the frame's length.
    ///
    /// # Errors
    /// None: the output grows as it must.
    pub fn compress_to_buffer(
        &mut self,
        source: &[u8],
        destination: &mut Cursor<&mut Vec<u8>>,
    ) -> io::Result<usize> {
        let start = truncate_at_position(destination)?;
        let output = &mut **destination.get_mut();
        compress(source, &mut *output, CompressionLevel::Fastest);
        Ok(output.len() - start)
    }
}

/// Decompresses pages. The lifetime is that of a dictionary, which this crate does not have.
pub struct Decompressor<'a> {
    decoder: FrameDecoder,
    dictionary: PhantomData<&'a [u8]>,
}

impl Decompressor<'static> {
    /// A decompressor; its buffers are kept from page to page.
    ///
    /// # Errors
    /// None: the result is the signature that `parquet` expects.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            decoder: FrameDecoder::new(),
            dictionary: PhantomData,
        })
    }
}

impl Decompressor<'_> {
    /// Writes the content of all frames of `source` at the cursor's position and gives its
    /// length. The output never grows past the capacity it came with: that is what the caller
    /// was told a page holds, and a page that holds more is corrupt.
    ///
    /// # Errors
    /// The bytes are not whole zstd frames, a checksum is wrong, or the content does not fit.
    pub fn decompress_to_buffer(
        &mut self,
        mut source: &[u8],
        destination: &mut Cursor<&mut Vec<u8>>,
    ) -> io::Result<usize> {
        let start = truncate_at_position(destination)?;
        let output = &mut **destination.get_mut();
        while !source.is_empty() {
            match self.decoder.reset(&mut source) {
                Ok(()) => self.decode_frame(&mut source, output)?,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => source = skip(source, length)?,
                Err(error) => return Err(corrupt(error)),
            }
        }
        Ok(output.len() - start)
    }

    fn decode_frame(&mut self, source: &mut &[u8], output: &mut Vec<u8>) -> io::Result<()> {
        let mut finished = false;
        while !finished {
            finished = self
                .decoder
                .decode_blocks(&mut *source, BlockDecodingStrategy::UptoBytes(STEP_BYTES))
                .map_err(corrupt)?;
            let ready = self.decoder.can_collect();
            if ready > output.capacity() - output.len() {
                return Err(corrupt("the page holds more than its header says"));
            }
            let end = output.len();
            output.resize(end + ready, 0);
            self.decoder.read_exact(&mut output[end..])?;
        }
        let expected = self.decoder.get_checksum_from_data();
        if expected.is_some() && expected != self.decoder.get_calculated_checksum() {
            return Err(corrupt("a zstd checksum does not match"));
        }
        Ok(())
    }
}

/// The output is written from the cursor's position on: what lies behind it is dropped, as the
/// real crate does.
fn truncate_at_position(destination: &mut Cursor<&mut Vec<u8>>) -> io::Result<usize> {
    let position = usize::try_from(destination.position()).map_err(corrupt)?;
    let output = destination.get_mut();
    if position > output.len() {
        return Err(corrupt("the output position lies behind the output's end"));
    }
    output.truncate(position);
    Ok(position)
}

fn skip(source: &[u8], length: u32) -> io::Result<&[u8]> {
    usize::try_from(length)
        .ok()
        .and_then(|length| source.get(length..))
        .ok_or_else(|| corrupt("a skippable zstd frame is cut short"))
}

fn corrupt(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'bubbles bubbles bubbles bubbles bubbles\n' | zstd -3`, by the C library's tool.
    const BY_C: &[u8] = &[
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x7d, 0x00, 0x00, 0x48, 0x62, 0x75, 0x62, 0x62, 0x6c,
        0x65, 0x73, 0x20, 0x0a, 0x01, 0x00, 0x6b, 0x0a, 0x17, 0x5f, 0x77, 0xbb, 0xfc,
    ];

    fn decompress(frames: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
        let mut output = Vec::with_capacity(capacity);
        let mut cursor = Cursor::new(&mut output);
        Decompressor::new()?.decompress_to_buffer(frames, &mut cursor)?;
        Ok(output)
    }

    fn compressed(content: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        let written = Compressor::new(3)
            .unwrap()
            .compress_to_buffer(content, &mut Cursor::new(&mut frame))
            .unwrap();
        assert_eq!(written, frame.len());
        frame
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let long: Vec<u8> = (0..3_000_000u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        for content in [&b""[..], b"a", b"some text, some text, some text", &long] {
            let frame = compressed(content);
            assert_eq!(decompress(&frame, content.len()).unwrap(), content);
        }
    }

    #[test]
    fn output_is_appended_at_the_position() {
        let frame = compressed(b"world");
        let mut output = b"hello ".to_vec();
        output.reserve(5);
        let mut cursor = Cursor::new(&mut output);
        cursor.set_position(6);
        let written = Decompressor::new()
            .unwrap()
            .decompress_to_buffer(&frame, &mut cursor);
        assert_eq!(written.unwrap(), 5);
        assert_eq!(output, b"hello world");
    }

    #[test]
    fn several_frames_and_skippable_ones_are_one_content() {
        let mut frames = compressed(b"one ");
        frames.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        frames.extend(compressed(b"two"));
        assert_eq!(decompress(&frames, 7).unwrap(), b"one two");
    }

    #[test]
    fn a_page_larger_than_it_says_is_refused() {
        let frame = compressed(&[7; 10_000]);
        let error = decompress(&frame, 100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the page holds more than its header says"
        );
    }

    #[test]
    fn damage_is_an_error() {
        let frame = compressed(b"some text that is long enough to be damaged");
        assert!(decompress(&frame[..frame.len() - 6], 100).is_err());
        let mut damaged = frame.clone();
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert!(decompress(&damaged, 100).is_err());
        assert!(decompress(b"not zstd at all", 100).is_err());
    }

    #[test]
    fn frames_of_the_c_library_are_read() {
        let content = "bubbles ".repeat(5).trim_end().to_owned() + "\n";
        assert_eq!(decompress(BY_C, content.len()).unwrap(), content.as_bytes());
    }
}
