//! The output of one split, while it is written.

use std::io;

use bubbles_sdk::objects::Staged;
use bubbles_sdk::{Context, Error};

use crate::encode::Encoder;
use crate::failure::into_io;
use crate::receipt::Receipt;
use crate::{Output, object_failure};

/// How much is handed to the host in one call.
const WRITE_BYTES: usize = 1 << 20;

/// Takes a split's bytes, packs them as [`Output`] says, and stages them: nobody sees them before
/// the job commits. Dropped without [`Sink::prepare`], it leaves nothing behind.
pub struct Sink {
    url: String,
    encoder: Encoder,
    staged: Staged,
}

impl Sink {
    /// Begins the output of the split that `context` names.
    pub fn create(output: &Output, context: &Context) -> Result<Self, Error> {
        let url = output.place(context)?;
        let staged = Staged::create(&url).map_err(|error| object_failure("write", &url, error))?;
        Ok(Self {
            url,
            encoder: Encoder::new(output.compression()),
            staged,
        })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        // A big buffer that needs no packing goes straight through.
        if let Encoder::Plain(waiting) = &self.encoder
            && waiting.is_empty()
            && bytes.len() >= WRITE_BYTES
        {
            return self.hand_over(bytes);
        }
        self.encoder.write(bytes);
        if self.encoder.ready().len() >= WRITE_BYTES {
            let mut ready = std::mem::take(self.encoder.ready());
            self.hand_over(&ready)?;
            ready.clear();
            // What the encoder had room for, it will need again.
            *self.encoder.ready() = ready;
        }
        Ok(())
    }

    /// Makes the output durable and gives the receipt for [`Output::commit`].
    pub fn prepare(mut self) -> Result<Vec<u8>, Error> {
        let encoder = std::mem::replace(&mut self.encoder, Encoder::Plain(Vec::new()));
        self.hand_over(&encoder.finish())?;
        let Self { url, staged, .. } = self;
        let receipt = staged
            .finish()
            .map_err(|error| object_failure("write", &url, error))?;
        Ok(Receipt {
            url,
            staged: Some(receipt),
        }
        .encode())
    }

    /// The receipt of a split that has no output at all: for formats where an empty file would not
    /// be a file of the format.
    pub fn prepare_nothing(self) -> Vec<u8> {
        Receipt {
            url: self.url,
            staged: None,
        }
        .encode()
    }

    fn hand_over(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(WRITE_BYTES) {
            self.staged
                .write(piece)
                .map_err(|error| object_failure("write", &self.url, error))?;
        }
        Ok(())
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).map_err(into_io)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
