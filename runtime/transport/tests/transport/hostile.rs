//! Peers with a good certificate and bad manners: each loses its connection, costs
//! little memory, and the others notice nothing.

mod attack;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use bubbles_transport::{
    Closed, Connection, Frame, MAX_FRAME_BYTES, Protocol, ReceiveError, Refusal, Role, call,
};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::attack::Attack;
use crate::raw::Client;
use crate::support::{Long, SOON, alone, authority, identity, in_time, node, note, serve};

/// How long the node here waits for a question that was begun.
const PATIENCE: Duration = Duration::from_secs(1);

/// What one peer may cost, both sides of its connection counted, as they are in one process here.
const MOST_BYTES: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_peer_loses_its_connection_and_nobody_else_does() {
    let _alone = alone().await;
    let authority = authority();
    let server = Arc::new(node(&authority, "server"));
    let address = server.local_address().unwrap();
    let mut tasks = JoinSet::new();
    let serving = server.clone();
    tasks.spawn(async move { serve(&serving, PATIENCE).await });
    let friend = node(&authority, "friend");
    let friendly = in_time(friend.connect(address, Protocol::Control))
        .await
        .unwrap();
    let answered = Arc::new(AtomicU32::new(0));
    tasks.spawn(keep_calling(friendly.clone(), answered.clone()));

    let mut ended = 0;
    for attack in Attack::ALL {
        let identity = identity(&authority, "rogue", Role::Submit);
        let client = Client::new(Some(&identity), Protocol::Control.alpn());
        let connection = in_time(client.enter(address)).await;
        let before = answered.load(Ordering::Relaxed);
        let start = resident_bytes();
        let (streams, most) = in_time(watch_memory(attack.run(&connection))).await;
        let seen: Closed = in_time(connection.closed()).await.into();
        let refusal = attack.expected();
        assert!(
            matches!(seen, Closed::ByPeer { refusal: seen, .. } if seen == refusal),
            "{attack:?}: {seen}"
        );
        let grown = most.saturating_sub(start);
        assert!(grown < MOST_BYTES, "{attack:?} cost {grown} bytes");
        assert!(0 < streams, "{attack:?} did nothing");
        if matches!(attack, Attack::ManyStreams) {
            assert!(streams <= 64, "{streams} streams were granted");
        }
        // The others are answered as before: wait for the next answers.
        let more = async {
            while answered.load(Ordering::Relaxed) < before + 3 {
                tokio::task::yield_now().await;
            }
        };
        in_time(more).await;
        assert!(friendly.is_open(), "{attack:?} hit a bystander");
        ended += 1;
    }
    assert_eq!(ended, Attack::ALL.len());
}

/// As someone would who works with the cluster all the while.
async fn keep_calling(connection: Connection, answered: Arc<AtomicU32>) {
    for number in 0.. {
        let answer = call(&connection, &note(number), SOON).await;
        assert_eq!(answer, Ok(note(number)));
        answered.fetch_add(1, Ordering::Relaxed);
        timeout(Duration::from_millis(2), std::future::pending::<()>())
            .await
            .unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_frames_that_never_end_hold_little() {
    /// As many as a connection has streams.
    const FRAMES: usize = 13;
    let _alone = alone().await;
    let authority = authority();
    let server = node(&authority, "server");
    let address = server.local_address().unwrap();
    let identity = identity(&authority, "rogue", Role::Node);
    let client = Client::new(Some(&identity), Protocol::Data.alpn());
    let entering = client.enter(address);
    let (connection, accepted) = in_time(async { tokio::join!(entering, server.accept()) }).await;
    let accepted = accepted.unwrap();
    let start = resident_bytes();

    let refused = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let count = refused.clone();
    tasks.spawn(async move {
        let mut waiting = JoinSet::new();
        while let Ok(mut stream) = accepted.accept().await {
            let count = count.clone();
            waiting.spawn(async move {
                let received = stream.receive::<Long>(2 * PATIENCE).await;
                let is_busy = received == Err(ReceiveError::Busy);
                count.fetch_add(is_busy.into(), Ordering::Relaxed);
            });
        }
    });
    // All but the last byte of each: 52 MiB besides the windows, if they were taken.
    let nearly = Bytes::from(vec![b'x'; MAX_FRAME_BYTES - 1]);
    let length = u32::try_from(MAX_FRAME_BYTES).unwrap().to_le_bytes();
    let header = [&[Long::KIND][..], &length].concat();
    let mut begun = Vec::new();
    for _ in 0..FRAMES {
        let (mut sending, receiving) = connection.open_bi().await.unwrap();
        sending.write_all(&header).await.unwrap();
        begun.push((sending, receiving));
    }
    for (mut sending, receiving) in begun {
        let nearly = nearly.clone();
        tasks.spawn(async move {
            sending.write_chunk(nearly).await.ok();
            std::future::pending::<()>().await;
            drop(receiving);
        });
    }
    let (seen, most) = in_time(watch_memory(connection.closed())).await;
    let seen = Closed::from(seen);
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
    // The 16 MiB for a peer's frames, both windows, and what is thrown away and not yet reused.
    let grown = most.saturating_sub(start);
    assert!(grown < 44 << 20, "{FRAMES} frames cost {grown} bytes");
    // Four of the longest are 16 MiB.
    assert_eq!(refused.load(Ordering::Relaxed), FRAMES - 4);
}

/// Does it, and says how much memory the process had at most meanwhile.
async fn watch_memory<T>(doing: impl Future<Output = T>) -> (T, u64) {
    let mut doing = std::pin::pin!(doing);
    let mut most = 0;
    loop {
        let done = timeout(Duration::from_millis(5), doing.as_mut()).await;
        most = most.max(resident_bytes());
        if let Ok(done) = done {
            return (done, most);
        }
    }
}

#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kib.parse::<u64>().unwrap() << 10
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> u64 {
    0
}
