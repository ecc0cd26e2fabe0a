//! Long frames share what a peer may have here: four of the longest, and beyond it one is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bubbles_transport::{
    CallError, Connection, Frame, MAX_FRAME_BYTES, Protocol, ReceiveError, SendError, Stream, call,
};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Wire;
use crate::support::{Long, Note, Nothing, SOON, note};

contract!(
    a_long_frame_is_refused_where_there_is_no_room,
    a_long_question_waits_for_room,
    a_long_question_does_not_wait_for_ever,
    a_long_answer_without_room_is_lost,
    many_long_questions_all_get_through,
);

/// For many megabytes on a machine that does much else: there, packets get lost.
const PATIENCE: Duration = Duration::from_secs(20);

fn longest() -> Long {
    Long("x".repeat(MAX_FRAME_BYTES - 4))
}

/// Four of the longest frames, begun and not ended: there is room for no other.
struct Full(Vec<(Stream, Stream)>);

impl Full {
    async fn begin(from: &Connection, to: &Connection) -> Self {
        let length = u32::try_from(MAX_FRAME_BYTES).unwrap().to_le_bytes();
        let header = Bytes::from([&[Long::KIND][..], &length].concat());
        let mut begun = Vec::new();
        for _ in 0..4 {
            let mut here = from.open().await.unwrap();
            here.sending.send_bytes(header.clone()).await.unwrap();
            let mut there = to.accept().await.unwrap();
            // Where the stream is seen, the header is: the first look at it takes the share.
            let looking = there.receive::<Long>(SOON);
            timeout(Duration::from_millis(1), looking)
                .await
                .unwrap_err();
            begun.push((here, there));
        }
        Self(begun)
    }

    /// Ends one of them.
    async fn end_one(&mut self) {
        let (mut here, mut there) = self.0.pop().unwrap();
        let body = postcard::to_stdvec(&longest()).unwrap();
        let sending = here.sending.send_bytes(body.into());
        let (sent, received) = tokio::join!(sending, there.receive(PATIENCE));
        assert_eq!((sent, received), (Ok(()), Ok(longest())));
    }
}

/// Takes in what is asked, answers with nothing, and counts what there was no room for.
async fn take_in(connection: Connection, refused: Arc<AtomicUsize>) {
    let mut asked = JoinSet::new();
    while let Ok(mut stream) = connection.accept().await {
        let refused = refused.clone();
        asked.spawn(async move {
            match stream.receive::<Long>(PATIENCE).await {
                Ok(_) => {
                    stream.send(&Nothing).await.unwrap();
                    stream.sending.finish().unwrap();
                }
                Err(ReceiveError::Busy) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                // Who asks may run out of time.
                Err(error) => assert_eq!(error, ReceiveError::GivenUp),
            }
        });
        while let Some(done) = asked.try_join_next() {
            done.unwrap();
        }
    }
}

async fn a_long_frame_is_refused_where_there_is_no_room(wire: Wire) {
    let pair = wire.connect(Protocol::Data).await;
    let mut full = Full::begin(&pair.near, &pair.far).await;
    let mut here = pair.near.open().await.unwrap();
    let long = longest();
    let receiving = async {
        let mut there = pair.far.accept().await.unwrap();
        (there.receive::<Long>(SOON).await, there)
    };
    let (sent, (received, mut there)) = tokio::join!(here.send(&long), receiving);
    assert_eq!(sent, Err(SendError::Busy));
    assert_eq!(received, Err(ReceiveError::Busy));
    // It stays so for this stream, and for no other.
    let again = there.receive::<Long>(SOON).await;
    assert_eq!(again, Err(ReceiveError::Busy));
    let rest = there.receiving.receive_bytes(1, SOON).await;
    assert_eq!(rest, Err(ReceiveError::Busy));
    assert_eq!(here.send(&Nothing).await, Err(SendError::Ended));
    let (_short, _taken) = super::opened(&pair).await;
    while !full.0.is_empty() {
        full.end_one().await;
    }
    let mut here = pair.near.open().await.unwrap();
    let receiving = async {
        let mut there = pair.far.accept().await.unwrap();
        there.receive::<Long>(SOON).await
    };
    let (sent, received) = tokio::join!(here.send(&long), receiving);
    assert_eq!((sent, received), (Ok(()), Ok(longest())));
}

async fn a_long_question_waits_for_room(wire: Wire) {
    // One that is refused before all of it is sent, and one that has been sent by then.
    for bytes in [MAX_FRAME_BYTES - 4, 100_000] {
        let pair = wire.connect(Protocol::Data).await;
        let mut full = Full::begin(&pair.near, &pair.far).await;
        let refused = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(take_in(pair.far.clone(), refused.clone()));
        let question = Long("x".repeat(bytes));
        let making_room = async {
            while refused.load(Ordering::Relaxed) < 2 {
                tokio::task::yield_now().await;
            }
            full.end_one().await;
        };
        let asking = call::<_, Nothing>(&pair.near, &question, PATIENCE);
        let (answer, ()) = tokio::join!(asking, making_room);
        assert_eq!(answer, Ok(Nothing));
    }
}

async fn a_long_question_does_not_wait_for_ever(wire: Wire) {
    /// To be refused at least once.
    const LONG_ENOUGH: Duration = Duration::from_secs(1);
    let pair = wire.connect(Protocol::Data).await;
    let _full = Full::begin(&pair.near, &pair.far).await;
    let refused = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    tasks.spawn(take_in(pair.far.clone(), refused.clone()));
    let answer = call::<_, Nothing>(&pair.near, &longest(), LONG_ENOUGH).await;
    let busy = CallError::Send(SendError::Busy);
    // If the time ends while it is asked once more, nobody knows.
    assert!([Err(busy), Err(CallError::TimedOut)].contains(&answer));
    assert!(0 < refused.load(Ordering::Relaxed));
    assert!(pair.near.is_open() && pair.far.is_open());
}

async fn a_long_answer_without_room_is_lost(wire: Wire) {
    let pair = wire.connect(Protocol::Data).await;
    let _full = Full::begin(&pair.far, &pair.near).await;
    let question = note(1);
    let asking = call::<_, Long>(&pair.near, &question, SOON);
    let answering = async {
        let mut there = pair.far.accept().await.unwrap();
        assert_eq!(there.receive(SOON).await, Ok(note(1)));
        there.send(&longest()).await
    };
    let (answer, answered) = tokio::join!(asking, answering);
    assert_eq!(answer, Err(CallError::Receive(ReceiveError::Busy)));
    assert_eq!(answered, Err(SendError::Busy));
    assert!(pair.near.is_open() && pair.far.is_open());
}

async fn many_long_questions_all_get_through(wire: Wire) {
    /// Twice of what may be in at a time, in long ones and shorter ones.
    const QUESTIONS: usize = 16;
    let pair = wire.connect(Protocol::Data).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(take_in(pair.far.clone(), Arc::default()));
    let mut calls = JoinSet::new();
    for at in 0..QUESTIONS {
        let near = pair.near.clone();
        calls.spawn(async move {
            let question = match at % 2 {
                0 => longest(),
                _ => Long("x".repeat(Note::LIMIT)),
            };
            call::<_, Nothing>(&near, &question, PATIENCE).await
        });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers, vec![Ok(Nothing); QUESTIONS]);
}
