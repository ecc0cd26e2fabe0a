//! Questions and answers.

use bubbles_transport::{CallError, Frame, FrameError, Protocol, ReceiveError, call};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::Wire;
use crate::support::{Long, MOMENT, Note, SOON, echo, note};

contract!(
    calls_are_answered_side_by_side,
    a_late_answer_leaves_the_connection,
    a_bad_answer_ends_the_connection,
);

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
