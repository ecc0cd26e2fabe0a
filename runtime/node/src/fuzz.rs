//! What `tests/fuzz` reaches of this crate, and nobody else.

use std::convert::Infallible;

use bubbles_pipeline::{Conversion, Format};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::formats::{self, Converter, ipc};
use crate::{order, store, wire};

/// Of one message: `TOGETHER` of either side.
const MESSAGES: usize = 256;

/// What a leader says to a worker, in one message.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct ToWorker(Vec<order::ToWorker>);

/// What a worker says to its leader, in one message.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct FromWorker(Vec<order::FromWorker>);

/// What a worker takes.
pub fn to_worker(bytes: &[u8]) -> Option<ToWorker> {
    wire::decode_list(bytes, MESSAGES).ok().map(ToWorker)
}

/// What a leader takes.
pub fn from_worker(bytes: &[u8]) -> Option<FromWorker> {
    wire::decode_list(bytes, MESSAGES).ok().map(FromWorker)
}

/// A block as it is read from another node.
pub fn decompressed(stored: &[u8], raw_len: usize) -> Option<Vec<u8>> {
    store::decompressed(stored, raw_len)
}

/// The chunks of a packed block.
pub fn unpacked(packed: Vec<u8>) -> Vec<Bytes> {
    let mut packed = Bytes::from(packed);
    std::iter::from_fn(|| store::unpack(&mut packed)).collect()
}

/// Rows of an arrow stream, by its headers.
pub fn rows(stream: &[u8]) -> Option<u64> {
    formats::rows(Format::Arrow, stream).ok().flatten()
}

/// Rows of an arrow stream, all of it read.
pub fn read_rows(stream: &[u8]) -> Option<u64> {
    let batches = ipc::decode(stream).ok()?.batches;
    Some(batches.iter().map(|batch| batch.num_rows() as u64).sum())
}

/// Converts one chunk of the other format and says how many bytes it became; none if it is malformed.
pub fn converted(chunk: &[u8], to: Format) -> Option<u64> {
    let mut converter = Converter::new(match to {
        Format::Arrow => Conversion::JsonToArrow,
        Format::Json | Format::Bytes => Conversion::ArrowToJson,
    });
    let mut bytes = 0;
    let mut out = |piece: &[u8]| {
        bytes += piece.len() as u64;
        Ok::<_, Infallible>(())
    };
    converter.convert(chunk, &mut out).ok()?;
    Some(bytes)
}
