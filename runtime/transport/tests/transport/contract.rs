//! What holds for every connection, over a network and in memory: each case runs on both.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bubbles_transport::{
    CallError, Closed, Connection, EncodeError, Endpoint, Frame, FrameError, MAX_FRAME_BYTES,
    PeerIdentity, Protocol, ReceiveError, Refusal, Role, SendError, Stream, call,
};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{
    Long, MOMENT, Note, Nothing, SOON, among_others, authority, connected, echo, identity, in_time,
    note,
};

#[derive(Clone, Copy)]
enum Wire {
    Quic,
    Memory,
}

/// A connection, and what it lives on.
struct Pair {
    near: Connection,
    far: Connection,
    _endpoints: Option<[Endpoint; 2]>,
}

impl Wire {
    async fn connect(self, protocol: Protocol) -> Pair {
        match self {
            Self::Quic => {
                let (near, far, endpoints) = connected(protocol).await;
                Pair {
                    near,
                    far,
                    _endpoints: Some(endpoints),
                }
            }
            Self::Memory => {
                let peer = |name| -> PeerIdentity {
                    identity(&authority(), name, Role::Node).peer().clone()
                };
                let (near, far) = Connection::in_memory(peer("near"), peer("far"), protocol);
                Pair {
                    near,
                    far,
                    _endpoints: None,
                }
            }
        }
    }
}

macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod quic {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let _others = super::among_others().await;
                super::in_time(super::$case(super::Wire::Quic)).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let _others = super::among_others().await;
                super::in_time(super::$case(super::Wire::Memory)).await;
            })*
        }
    };
}

contract!(
    each_knows_the_other,
    frames_arrive_in_order_both_ways,
    a_frame_may_be_empty_or_as_long_as_its_kind_allows,
    no_longer_frame_is_sent,
    what_is_no_frame_ends_the_connection,
    half_a_frame_in_time_ends_the_connection,
    nothing_in_time_ends_nothing,
    giving_up_waiting_loses_nothing,
    an_ended_stream_says_so,
    a_stream_that_is_dropped_is_not_whole,
    who_does_not_read_stops_the_sender,
    raw_bytes_follow_a_frame,
    unread_bytes_hold_the_sender_back,
    a_stream_is_seen_with_its_first_bytes,
    only_so_many_streams_are_open,
    calls_are_answered_side_by_side,
    a_late_answer_leaves_the_connection,
    a_bad_answer_ends_the_connection,
    long_frames_share_what_there_is,
    the_first_to_close_decides,
    the_last_handle_closes,
);

async fn each_knows_the_other(wire: Wire) {
    let pair = wire.connect(Protocol::Data).await;
    assert_eq!(pair.near.peer().name.as_str(), "far");
    assert_eq!(pair.far.peer().name.as_str(), "near");
    for end in [&pair.near, &pair.far] {
        assert_eq!(
            (end.peer().role, end.protocol()),
            (Role::Node, Protocol::Data)
        );
        assert!(end.is_open());
    }
}

async fn frames_arrive_in_order_both_ways(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    for (opening, accepting) in [(&pair.near, &pair.far), (&pair.far, &pair.near)] {
        let mut here = opening.open().await.unwrap();
        here.send(&note(0)).await.unwrap();
        let mut there = accepting.accept().await.unwrap();
        for number in 1..50 {
            here.send(&note(number)).await.unwrap();
            there.send(&note(1000 + number)).await.unwrap();
        }
        for number in 0..50 {
            assert_eq!(there.receive(SOON).await, Ok(note(number)));
        }
        for number in 1..50 {
            assert_eq!(here.receive(SOON).await, Ok(note(1000 + number)));
        }
    }
}

async fn a_frame_may_be_empty_or_as_long_as_its_kind_allows(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let longest = Long("x".repeat(MAX_FRAME_BYTES - 4));
    let mut here = pair.near.open().await.unwrap();
    here.send(&Nothing).await.unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(Nothing));
    let (sent, received) = tokio::join!(here.send(&longest), there.receive::<Long>(SOON));
    assert_eq!(sent, Ok(()));
    assert_eq!(received.unwrap().0.len(), longest.0.len());
}

async fn no_longer_frame_is_sent(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let mut here = pair.near.open().await.unwrap();
    let text = "x".repeat(Note::LIMIT);
    let sent = here.send(&Note { number: 0, text }).await;
    assert!(matches!(
        sent,
        Err(SendError::Encode(EncodeError::TooLong { .. }))
    ));
    // The stream is as it was.
    here.send(&note(1)).await.unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(note(1)));
}

/// A frame as it would be sent, to be spoiled.
fn raw_frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&[kind][..], &length, body].concat()
}

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

async fn nothing_in_time_ends_nothing(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    assert_eq!(
        there.receive::<Note>(MOMENT).await,
        Err(ReceiveError::Silent)
    );
    assert_eq!(
        there.receiving.receive_bytes(9, MOMENT).await,
        Err(ReceiveError::Silent)
    );
    here.send(&note(2)).await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(note(2)));
    assert!(pair.near.is_open() && pair.far.is_open());
}

/// A stream that both sides know.
async fn opened(pair: &Pair) -> (Stream, Stream) {
    let mut here = pair.near.open().await.unwrap();
    here.send(&note(0)).await.unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(note(0)));
    (here, there)
}

async fn giving_up_waiting_loses_nothing(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    let frame = Bytes::from(raw_frame(Note::KIND, &[5, 2, b'h', b'i']));
    for at in 0..frame.len() {
        here.sending.send_bytes(frame.slice(at..=at)).await.unwrap();
        let receiving = there.receive::<Note>(SOON);
        let received = timeout(Duration::from_millis(5), receiving).await;
        if let Ok(received) = received {
            assert_eq!(at + 1, frame.len());
            assert_eq!(received.unwrap().text, "hi");
            return;
        }
    }
    assert_eq!(there.receive::<Note>(SOON).await.unwrap().text, "hi");
}

async fn an_ended_stream_says_so(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    here.sending.finish().unwrap();
    assert_eq!(here.sending.finish(), Err(SendError::Ended));
    assert_eq!(here.send(&note(1)).await, Err(SendError::Ended));
    assert_eq!(
        there.receive::<Note>(SOON).await,
        Err(ReceiveError::Finished)
    );
    assert_eq!(there.receiving.receive_bytes(1, SOON).await, Ok(None));
    // The other direction is not touched by it.
    there.send(&note(3)).await.unwrap();
    assert_eq!(here.receive(SOON).await, Ok(note(3)));
    assert!(pair.far.is_open());
}

async fn a_stream_that_is_dropped_is_not_whole(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (here, mut there) = opened(&pair).await;
    drop(here);
    assert_eq!(
        there.receive::<Note>(SOON).await,
        Err(ReceiveError::GivenUp)
    );
    let (mut here, mut there) = opened(&pair).await;
    here.sending
        .send_bytes(Bytes::from_static(&[Note::KIND, 4]))
        .await
        .unwrap();
    drop(here.sending);
    assert_eq!(
        there.receiving.receive_bytes(0, SOON).await,
        Ok(Some(Bytes::new()))
    );
    assert_eq!(
        there.receive::<Note>(SOON).await,
        Err(ReceiveError::GivenUp)
    );
    assert!(pair.far.is_open());
}

async fn who_does_not_read_stops_the_sender(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    for stop_first in [true, false] {
        let (mut here, mut there) = opened(&pair).await;
        if stop_first {
            there.receiving.stop();
        } else {
            drop(there.receiving);
        }
        let stopped = async {
            loop {
                if let Err(error) = here.send(&note(1)).await {
                    return error;
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(stopped.await, SendError::Stopped);
    }
    assert!(pair.near.is_open());
}

async fn raw_bytes_follow_a_frame(wire: Wire) {
    const LENGTH: usize = 3 << 20;
    const PIECE: usize = 100_000;
    let pair = wire.connect(Protocol::Data).await;
    let (mut here, mut there) = opened(&pair).await;
    let bytes: Bytes = (0..LENGTH).map(|at| (at % 251) as u8).collect();
    let sending = async {
        here.send(&note(1)).await.unwrap();
        here.sending.send_bytes(bytes.clone()).await.unwrap();
        here.send(&note(2)).await.unwrap();
        here.sending.finish().unwrap();
    };
    let receiving = async {
        assert_eq!(there.receive(SOON).await, Ok(note(1)));
        let mut received = Vec::new();
        while received.len() < LENGTH {
            let limit = PIECE.min(LENGTH - received.len());
            let piece = there.receiving.receive_bytes(limit, SOON).await;
            let piece = piece.unwrap().unwrap();
            assert!((1..=limit).contains(&piece.len()));
            received.extend_from_slice(&piece);
        }
        assert_eq!(there.receive(SOON).await, Ok(note(2)));
        assert_eq!(there.receiving.receive_bytes(1, SOON).await, Ok(None));
        received
    };
    let ((), received) = tokio::join!(sending, receiving);
    assert!(received == bytes);
}

async fn unread_bytes_hold_the_sender_back(wire: Wire) {
    const PIECE: usize = 64 << 10;
    const PIECES: usize = 256;
    /// The two windows of a data connection, and what is under way between them.
    const MOST: usize = (4 + 4 + 1) << 20;
    let pair = wire.connect(Protocol::Data).await;
    let (mut here, mut there) = opened(&pair).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let mut sender = JoinSet::new();
    sender.spawn(async move {
        let piece = Bytes::from(vec![0; PIECE]);
        for _ in 0..PIECES {
            here.sending.send_bytes(piece.clone()).await.unwrap();
            count.fetch_add(PIECE, Ordering::Relaxed);
        }
        here.sending.finish().unwrap();
    });
    timeout(MOMENT * 4, sender.join_next()).await.unwrap_err();
    let held = sent.load(Ordering::Relaxed);
    assert!(
        0 < held && held <= MOST,
        "{held} bytes were taken that nobody read"
    );
    let mut received = 0;
    while let Some(piece) = there.receiving.receive_bytes(PIECE, SOON).await.unwrap() {
        received += piece.len();
    }
    assert_eq!(received, PIECES * PIECE);
    sender.join_next().await.unwrap().unwrap();
}

async fn a_stream_is_seen_with_its_first_bytes(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let mut here = pair.near.open().await.unwrap();
    timeout(MOMENT, pair.far.accept()).await.unwrap_err();
    here.send(&Nothing).await.unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(Nothing));
    // Or with its end.
    let mut empty = pair.near.open().await.unwrap();
    empty.sending.finish().unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(
        there.receive::<Note>(SOON).await,
        Err(ReceiveError::Finished)
    );
}

async fn only_so_many_streams_are_open(wire: Wire) {
    const STREAMS: usize = 64;
    let pair = wire.connect(Protocol::Control).await;
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        open.push(opened(&pair).await);
    }
    timeout(MOMENT, pair.near.open()).await.unwrap_err();
    // Room is told of in lots, so as not to speak of each stream.
    for (mut here, mut there) in open.drain(..STREAMS / 4) {
        there.send(&note(1)).await.unwrap();
        there.sending.finish().unwrap();
        here.sending.finish().unwrap();
        assert_eq!(here.receive(SOON).await, Ok(note(1)));
        assert_eq!(
            there.receive::<Note>(SOON).await,
            Err(ReceiveError::Finished)
        );
    }
    for _ in 0..STREAMS / 8 {
        open.push(opened(&pair).await);
    }
    open.drain(..STREAMS / 2);
    opened(&pair).await;
}

async fn calls_are_answered_side_by_side(wire: Wire) {
    const CALLS: u32 = 300;
    let pair = wire.connect(Protocol::Control).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(pair.far.clone(), SOON));
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let near = pair.near.clone();
        calls.spawn(async move { (number, call(&near, &note(number), SOON).await) });
    }
    for (number, answer) in calls.join_all().await {
        assert_eq!(answer, Ok(note(number)));
    }
}

async fn a_late_answer_leaves_the_connection(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let question = note(1);
    let asking = call::<_, Note>(&pair.near, &question, MOMENT);
    let (answer, mut there) = tokio::join!(asking, async {
        let mut there = pair.far.accept().await.unwrap();
        assert_eq!(there.receive(SOON).await, Ok(note(1)));
        // Half of an answer is late too.
        there
            .sending
            .send_bytes(Bytes::from_static(&[Note::KIND]))
            .await
            .unwrap();
        there
    });
    assert_eq!(answer, Err(CallError::TimedOut));
    assert!(pair.near.is_open());
    // The other side hears that nobody listens any more.
    while there.send(&note(1)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(pair.far.is_open());
}

async fn a_bad_answer_ends_the_connection(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let question = note(1);
    let asking = call::<_, Note>(&pair.near, &question, SOON);
    let (answer, _there) = tokio::join!(asking, async {
        let mut there = pair.far.accept().await.unwrap();
        there.send(&Long("no note".to_owned())).await.unwrap();
        there
    });
    let expected = FrameError::Kind {
        expected: Note::KIND,
        found: Long::KIND,
    };
    assert_eq!(
        answer,
        Err(CallError::Receive(ReceiveError::Frame(expected)))
    );
    assert!(!pair.near.is_open());
}

async fn long_frames_share_what_there_is(wire: Wire) {
    /// Twice of what may be in at a time.
    const FRAMES: usize = 8;
    let pair = wire.connect(Protocol::Data).await;
    let mut tasks = JoinSet::new();
    for _ in 0..FRAMES {
        let near = pair.near.clone();
        tasks.spawn(async move {
            let mut stream = near.open().await.unwrap();
            let long = Long("x".repeat(MAX_FRAME_BYTES - 4));
            stream.send(&long).await.unwrap();
            assert_eq!(stream.receive(SOON).await, Ok(Nothing));
        });
        let mut there = pair.far.accept().await.unwrap();
        tasks.spawn(async move {
            there.receive::<Long>(SOON).await.unwrap();
            there.send(&Nothing).await.unwrap();
            // Held until the other side has read it and goes.
            there.receive::<Nothing>(SOON).await.unwrap_err();
        });
    }
    assert_eq!(tasks.join_all().await.len(), 2 * FRAMES);
    assert!(pair.far.is_open());
}

async fn the_first_to_close_decides(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    pair.near.close(Refusal::Other(77), "enough\nof it");
    pair.near.close(Refusal::Busy, "too late");
    let by_peer = Closed::ByPeer {
        refusal: Refusal::Other(77),
        reason: "enough of it".to_owned(),
    };
    assert_eq!(pair.near.closed().await, Closed::Here);
    assert_eq!(pair.far.closed().await, by_peer);
    assert!(!pair.near.is_open() && !pair.far.is_open());
    assert_eq!(pair.near.open().await.map(drop), Err(Closed::Here));
    assert_eq!(pair.far.open().await.map(drop), Err(by_peer.clone()));
    assert_eq!(pair.far.accept().await.map(drop), Err(by_peer.clone()));
    assert_eq!(here.send(&note(1)).await, Err(Closed::Here.into()));
    assert_eq!(there.send(&note(1)).await, Err(by_peer.clone().into()));
    assert_eq!(there.receive::<Note>(SOON).await, Err(by_peer.into()));
    let asked = call::<_, Note>(&pair.near, &note(1), SOON).await;
    assert_eq!(asked, Err(CallError::Closed(Closed::Here)));
}

async fn the_last_handle_closes(wire: Wire) {
    let Pair {
        near,
        far,
        _endpoints,
    } = wire.connect(Protocol::Control).await;
    let stream = near.open().await.unwrap();
    let other = near.clone();
    drop(near);
    assert!(other.is_open() && far.is_open());
    drop(other);
    timeout(MOMENT, far.closed()).await.unwrap_err();
    drop(stream);
    let reason = String::new();
    let refusal = Refusal::Done;
    assert_eq!(far.closed().await, Closed::ByPeer { refusal, reason });
}
