//! Frames that are in order.

use bubbles_transport::{EncodeError, Frame, MAX_FRAME_BYTES, Protocol, Role, SendError};

use super::Wire;
use crate::support::{Long, Note, Nothing, SOON, note};

contract!(
    each_knows_the_other,
    frames_arrive_in_order_both_ways,
    a_frame_may_be_empty_or_as_long_as_its_kind_allows,
    no_longer_frame_is_sent,
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
