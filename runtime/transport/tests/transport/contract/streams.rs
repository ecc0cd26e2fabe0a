//! How streams begin and end, and how many there are.

use bubbles_transport::{Frame, Protocol, ReceiveError, SendError};
use bytes::Bytes;
use tokio::time::timeout;

use super::{Wire, opened};
use crate::support::{MOMENT, Note, Nothing, SOON, note};

contract!(
    an_ended_stream_says_so,
    a_stream_that_is_dropped_is_not_whole,
    who_does_not_read_stops_the_sender,
    a_stream_is_seen_with_its_first_bytes,
    only_so_many_streams_are_open,
);

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
