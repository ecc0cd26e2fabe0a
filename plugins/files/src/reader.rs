//! A file, or a range of one, as a run of big pieces of plain bytes.

use std::io::Read;

use bubbles_sdk::Error;

use crate::decode::Decoder;
use crate::failure::from_io;
use crate::pieces::{PIECE_BYTES, Pieces};
use crate::{Compression, SourceFile};

/// Reads forward. Holds one piece at a time (and what the decompressor needs).
pub struct Reader(Source);

enum Source {
    Plain(Pieces),
    Packed(Decoder),
}

impl Reader {
    /// The whole file, unpacked.
    pub fn whole(file: &SourceFile, compression: Compression) -> Self {
        let pieces = Pieces::new(file, 0, file.size);
        Self(match compression {
            Compression::None => Source::Plain(pieces),
            Compression::Gzip => Source::Packed(Decoder::gzip(pieces)),
            Compression::Zstd => Source::Packed(Decoder::zstd(pieces)),
        })
    }

    /// The bytes from `start` to `end` of a file that is not compressed.
    pub fn range(file: &SourceFile, start: u64, end: u64) -> Self {
        Self(Source::Plain(Pieces::new(file, start, end)))
    }

    /// The next bytes, at most [`PIECE_BYTES`] of them; none at the end.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match &mut self.0 {
            Source::Plain(pieces) => pieces.next(),
            Source::Packed(decoder) => unpacked_piece(decoder),
        }
    }

    /// The first `length` bytes, fewer only where the file ends. Reads no further than needed.
    pub fn head(mut self, length: usize) -> Result<Vec<u8>, Error> {
        let mut head = Vec::new();
        while head.len() < length {
            let Some(piece) = self.next_piece()? else {
                break;
            };
            head.extend_from_slice(&piece);
        }
        head.truncate(length);
        Ok(head)
    }
}

fn unpacked_piece(decoder: &mut Decoder) -> Result<Option<Vec<u8>>, Error> {
    let mut piece = Vec::with_capacity(PIECE_BYTES as usize);
    match decoder.by_ref().take(PIECE_BYTES).read_to_end(&mut piece) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(piece)),
        Err(error) => Err(from_io(
            error,
            &format!("cannot unpack {:?}", decoder.url()),
        )),
    }
}
