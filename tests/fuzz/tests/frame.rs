//! A message on a stream: its header, and a body that arrives in pieces.

use bubbles_node::wire::{Ask, BlockHead};
use bubbles_transport::{Frame, FrameError, fuzz};
use serde::de::DeserializeOwned;

use crate::drawn::drawn;
use crate::measured::Allowance;
use crate::messages::PIPELINE_DECODED;
use crate::random::Random;
use crate::target::Target;

/// The pieces of an arriving body, each twice while they are put together.
const ARRIVING: Allowance = Allowance {
    bytes: PIPELINE_DECODED.bytes + (128 << 10),
    ..PIPELINE_DECODED
};

pub(crate) fn target(name: &'static str) -> Target {
    let good = fuzz::encode(&Ask::Nodes).unwrap();
    let claims = |kind: u8, length: u32| {
        let mut bytes = vec![3, kind];
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(b"and then nothing");
        bytes
    };
    Target {
        name,
        check: Box::new(|bytes| {
            let Some((step, stream)) = bytes.split_first() else {
                return false;
            };
            let step = usize::from(*step) + 1;
            check::<Ask>(stream, step) | check::<BlockHead>(stream, step)
        }),
        example: Box::new(|random| {
            let frame = match random.below(4) {
                0 => framed::<BlockHead>(random),
                _ => framed::<Ask>(random),
            };
            let step = random.next().to_le_bytes()[0];
            Some([&[step][..], &frame?].concat())
        }),
        words: &[&[1, 0, 0, 0x40, 0], &[18, 32, 0, 0, 0], &[2]],
        by_hand: vec![
            ("empty", vec![0]),
            ("four-gib", claims(Ask::KIND, u32::MAX)),
            ("one-too-many", claims(Ask::KIND, Ask::LIMIT as u32 + 1)),
            ("as-many-as-may-be", claims(Ask::KIND, Ask::LIMIT as u32)),
            ("unknown-kind", claims(77, 1)),
            ("half-a-header", vec![0, Ask::KIND, 1]),
            ("nothing-in-it", vec![0, Ask::KIND, 0, 0, 0, 0]),
            ("two-of-them", [&[1][..], &good, &good].concat()),
            ("byte-behind", vec![9, Ask::KIND, 2, 0, 0, 0, good[5], 0]),
        ],
    }
}

fn framed<T: Frame>(random: &mut Random) -> Option<Vec<u8>> {
    fuzz::encode(&drawn::<T>(random)?).ok()
}

/// Whether the stream begins with a frame of this type. How it arrives changes nothing.
fn check<T: Frame + DeserializeOwned>(stream: &[u8], step: usize) -> bool {
    let (result, taken) = ARRIVING.spend(stream, |stream| fuzz::first::<T>(stream, step));
    let (whole, _) = fuzz::first::<T>(stream, usize::MAX);
    match (result, whole) {
        (Ok(Some(value)), Ok(Some(_))) => {
            let header: [u8; 5] = *stream.first_chunk().expect("a frame has a header");
            let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
            assert_eq!(
                taken,
                5 + length as usize,
                "nothing behind the frame is taken"
            );
            let again = fuzz::encode(&value).expect("what fitted fits");
            let (read, _) = fuzz::first::<T>(&again, step);
            let read = read.expect("it was written here").expect("all of it");
            assert_eq!(fuzz::encode(&read).unwrap(), again);
            true
        }
        (Ok(None), Ok(None)) => false,
        (Err(one), Err(other)) => {
            // Of a wrong kind and a wrong length the one that is seen first is told.
            assert!(
                one == other || matches!(one, FrameError::Kind { .. }),
                "{one}, {other}"
            );
            false
        }
        _ => panic!("it depends on how the stream arrives"),
    }
}
