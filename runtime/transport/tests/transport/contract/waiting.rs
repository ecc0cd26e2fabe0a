//! Waiting in vain costs nothing.

use std::time::Duration;

use bubbles_transport::{Frame, Protocol, ReceiveError};
use bytes::Bytes;
use tokio::time::timeout;

use super::{Wire, opened};
use crate::support::{MOMENT, Note, SOON, note};

contract!(
    nothing_in_time_ends_nothing,
    giving_up_waiting_loses_nothing,
);

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

async fn giving_up_waiting_loses_nothing(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    let frame = Bytes::from(super::raw_frame(Note::KIND, &[5, 2, b'h', b'i']));
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
