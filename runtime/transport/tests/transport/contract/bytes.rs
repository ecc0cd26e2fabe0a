//! Raw bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bubbles_transport::Protocol;
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Wire, opened};
use crate::support::{MOMENT, SOON, note};

contract!(raw_bytes_follow_a_frame, unread_bytes_hold_the_sender_back,);

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
