//! What is no frame ends the connection.

use bubbles_transport::{Closed, Frame, FrameError, Protocol, ReceiveError, Refusal};

use super::{Wire, raw_frame};
use crate::support::{MOMENT, Note, SOON};

contract!(
    what_is_no_frame_ends_the_connection,
    half_a_frame_in_time_ends_the_connection,
);

async fn what_is_no_frame_ends_the_connection(wire: Wire) {
    let good = raw_frame(Note::KIND, &[5, 2, b'h', b'i']);
    let mut long = good.clone();
    long[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    let (expected, limit) = (Note::KIND, Note::LIMIT);
    let cases = [
        (
            raw_frame(99, &[0, 0]),
            FrameError::Kind {
                expected,
                found: 99,
            },
        ),
        (
            long,
            FrameError::TooLong {
                length: u32::MAX as usize,
                limit,
            },
        ),
        (good[..7].to_vec(), FrameError::Truncated),
        (good[..2].to_vec(), FrameError::Truncated),
        (
            raw_frame(Note::KIND, &[5, 2, b'h', b'i', 0]),
            FrameError::Trailing { bytes: 1 },
        ),
    ];
    for (bytes, expected) in cases {
        let error = receive_raw(wire, bytes).await;
        assert_eq!(error, ReceiveError::Frame(expected));
    }
    // A text that is not UTF-8, and one that is longer than the frame.
    for body in [[5, 2, 0xff, 0xfe], [5, 200, b'h', b'i']] {
        let error = receive_raw(wire, raw_frame(Note::KIND, &body)).await;
        assert!(
            matches!(error, ReceiveError::Frame(FrameError::Malformed(_))),
            "{error}"
        );
    }
}

/// What becomes of these bytes where a note belongs; sees to it that the connection ends on both sides.
async fn receive_raw(wire: Wire, bytes: Vec<u8>) -> ReceiveError {
    let pair = wire.connect(Protocol::Control).await;
    let mut here = pair.near.open().await.unwrap();
    here.sending.send_bytes(bytes.into()).await.unwrap();
    here.sending.finish().unwrap();
    let mut there = pair.far.accept().await.unwrap();
    let error = there.receive::<Note>(SOON).await.unwrap_err();
    assert!(error.is_hostile());
    assert!(!pair.far.is_open());
    let seen = pair.near.closed().await;
    let refusal = Refusal::Violation;
    assert!(
        matches!(seen, Closed::ByPeer { refusal: seen, .. } if seen == refusal),
        "{seen}"
    );
    error
}

async fn half_a_frame_in_time_ends_the_connection(wire: Wire) {
    for part in [1, 4, 5, 7] {
        let pair = wire.connect(Protocol::Control).await;
        let mut here = pair.near.open().await.unwrap();
        let frame = raw_frame(Note::KIND, &[5, 2, b'h', b'i']);
        here.sending
            .send_bytes(frame[..part].to_vec().into())
            .await
            .unwrap();
        let mut there = pair.far.accept().await.unwrap();
        assert_eq!(
            there.receive::<Note>(MOMENT).await,
            Err(ReceiveError::Stalled)
        );
        let seen = pair.near.closed().await;
        assert!(
            matches!(
                seen,
                Closed::ByPeer {
                    refusal: Refusal::Stalled,
                    ..
                }
            ),
            "{seen}"
        );
    }
}
