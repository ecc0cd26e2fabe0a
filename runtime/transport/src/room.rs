//! The room that long frames have, of those one peer has sent and of those it is sent.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{PEER_FRAMES_BYTES, SENT_FRAMES_BYTES, SMALL_FRAME_BYTES};

/// The room for the long frames to and from one peer, on all its connections. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    received: Arc<Semaphore>,
    sent: Arc<Semaphore>,
}

/// What a frame has of it, until it is dropped. A small one needs none.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held")] Option<OwnedSemaphorePermit>);

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            received: Arc::new(Semaphore::new(PEER_FRAMES_BYTES)),
            sent: Arc::new(Semaphore::new(SENT_FRAMES_BYTES)),
        }
    }

    /// For a frame of so many bytes that is to be received; none, if there is no room now.
    ///
    /// This does not wait: streams may have less room together than each has alone, as on a control
    /// connection. What is left unread on one that waits is then missing to the frames that have
    /// their place, which never end and never give it back. Refused, a stream gives its bytes back
    /// to the connection's window, and whoever is received waits for its own bytes only.
    pub(crate) fn receive(&self, bytes: usize) -> Option<Place> {
        if bytes <= SMALL_FRAME_BYTES {
            return Some(Place(None));
        }
        let permit = self.received.clone().try_acquire_many_owned(count(bytes));
        Some(Place(Some(permit.ok()?)))
    }

    /// For a frame of so many bytes that is to be sent. This is where long frames wait for each
    /// other, in their order: here they are in memory anyway, and nothing of them is under way
    /// that would be thrown away at the other end.
    pub(crate) async fn send(&self, bytes: usize) -> Place {
        if bytes <= SMALL_FRAME_BYTES {
            return Place(None);
        }
        let permit = self.sent.clone().acquire_many_owned(count(bytes)).await;
        Place(Some(permit.expect("it is never closed")))
    }
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("no frame is as long")
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::limits::MAX_FRAME_BYTES;

    #[test]
    fn there_is_room_for_four_of_the_longest_and_for_all_that_are_small() {
        let room = Room::new();
        let mut held: Vec<_> = (0..4).map(|_| room.receive(MAX_FRAME_BYTES)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(room.receive(SMALL_FRAME_BYTES + 1).is_none());
        assert!(room.receive(SMALL_FRAME_BYTES).is_some());
        held.pop();
        assert!(room.clone().receive(MAX_FRAME_BYTES).is_some());
    }
    #[tokio::test]
    async fn who_sends_long_frames_takes_turns() {
        let room = Room::new();
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(room.send(MAX_FRAME_BYTES).await);
        }
        let mut next = pin!(room.send(MAX_FRAME_BYTES));
        let waiting = timeout(Duration::ZERO, next.as_mut()).await;
        waiting.unwrap_err();
        // In their order: one that would fit does not overtake, unless it is small.
        held.pop();
        let mut overtaking = pin!(room.send(SMALL_FRAME_BYTES + 1));
        timeout(Duration::ZERO, overtaking.as_mut())
            .await
            .unwrap_err();
        room.send(SMALL_FRAME_BYTES).await;
        let place = next.await;
        drop(place);
        overtaking.await;
    }
}
