//! Peers with a good certificate and bad manners: each loses its connection, costs
//! little memory, and the others notice nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bubbles_transport::{
    Closed, Connection, Frame, MAX_FRAME_BYTES, Protocol, Refusal, Role, call,
};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::raw::Client;
use crate::support::{Long, Note, SOON, alone, authority, identity, in_time, node, note, serve};

/// How long the node here waits for a question that was begun.
const PATIENCE: Duration = Duration::from_secs(1);

/// What one peer may cost, both sides of its connection counted, as they are in one process here.
const MOST_BYTES: u64 = 64 << 20;

const STREAMS: usize = 10_000;

#[derive(Debug, Clone, Copy)]
enum Attack {
    /// The frame that a length of 4 GiB announces.
    EndlessLength,
    Truncated,
    UnknownKind,
    TrailingBytes,
    NotUtf8,
    /// A frame begun on one stream.
    Stalled,
    /// Frames begun on as many streams as there are to be had.
    ManyStreams,
    /// Streams given up as fast as they are opened, then a bad frame.
    OpenAndReset,
    /// Questions whose answers nobody reads, then a bad frame.
    UnreadAnswers,
}

impl Attack {
    const ALL: [Self; 9] = [
        Self::EndlessLength,
        Self::Truncated,
        Self::UnknownKind,
        Self::TrailingBytes,
        Self::NotUtf8,
        Self::Stalled,
        Self::ManyStreams,
        Self::OpenAndReset,
        Self::UnreadAnswers,
    ];

    fn expected(self) -> Refusal {
        match self {
            Self::Stalled | Self::ManyStreams => Refusal::Stalled,
            _ => Refusal::Violation,
        }
    }

    /// Does it, until the connection ends; says how many streams it got.
    async fn run(self, connection: &quinn::Connection) -> usize {
        match self {
            Self::EndlessLength => {
                let more = Bytes::from(vec![b'x'; 1 << 20]);
                begin(
                    connection,
                    &[Note::KIND, 0xff, 0xff, 0xff, 0xff],
                    Some(more),
                    false,
                )
                .await
            }
            Self::Truncated => begin(connection, &[Note::KIND, 9, 0, 0, 0, 1, 2], None, true).await,
            Self::UnknownKind => begin(connection, &[200, 1, 0, 0, 0, 1], None, true).await,
            Self::TrailingBytes => {
                begin(
                    connection,
                    &[Note::KIND, 4, 0, 0, 0, 1, 1, b'a', 7],
                    None,
                    true,
                )
                .await
            }
            Self::NotUtf8 => {
                begin(
                    connection,
                    &[Note::KIND, 3, 0, 0, 0, 1, 1, 0xff],
                    None,
                    true,
                )
                .await
            }
            Self::Stalled => begin(connection, &[Note::KIND, 200, 0], None, false).await,
            Self::ManyStreams => many_streams(connection).await,
            Self::OpenAndReset => open_and_reset(connection).await,
            Self::UnreadAnswers => unread_answers(connection).await,
        }
    }
}

/// Sends this on one stream, and leaves it so.
async fn begin(
    connection: &quinn::Connection,
    bytes: &[u8],
    more: Option<Bytes>,
    end: bool,
) -> usize {
    let (mut sending, _receiving) = connection.open_bi().await.unwrap();
    sending.write_all(bytes).await.ok();
    if let Some(more) = more {
        sending.write_chunk(more).await.ok();
    }
    if end {
        sending.finish().ok();
    }
    connection.closed().await;
    1
}

async fn many_streams(connection: &quinn::Connection) -> usize {
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        let Ok((mut sending, receiving)) = connection.open_bi().await else {
            break;
        };
        sending.write_all(&[Note::KIND, 0xff]).await.ok();
        open.push((sending, receiving));
    }
    open.len()
}

async fn open_and_reset(connection: &quinn::Connection) -> usize {
    let mut opened = 0;
    while opened < STREAMS {
        let (mut sending, _receiving) = connection.open_bi().await.unwrap();
        sending.write_all(&[Note::KIND]).await.ok();
        sending.reset(0_u32.into()).ok();
        opened += 1;
    }
    opened + begin(connection, &[200], None, true).await
}

async fn unread_answers(connection: &quinn::Connection) -> usize {
    let mut open = Vec::new();
    let body = [&[1, 0xe8, 0x07][..], &[b'x'; 1000]].concat();
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    let frame = [&[Note::KIND][..], &length, &body].concat();
    for _ in 0..40 {
        let (mut sending, receiving) = connection.open_bi().await.unwrap();
        sending.write_all(&frame).await.unwrap();
        sending.finish().unwrap();
        open.push(receiving);
    }
    open.len() + begin(connection, &[200], None, true).await
}

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

    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut waiting = JoinSet::new();
        while let Ok(mut stream) = accepted.accept().await {
            waiting.spawn(async move { stream.receive::<Long>(3 * PATIENCE).await.map(drop) });
        }
    });
    // All but the last byte of 32 frames of 4 MiB: 128 MiB, if they were taken.
    let nearly = Bytes::from(vec![b'x'; MAX_FRAME_BYTES - 1]);
    let mut begun = 0;
    for _ in 0..32 {
        let (mut sending, receiving) = connection.open_bi().await.unwrap();
        let nearly = nearly.clone();
        tasks.spawn(async move {
            let length = u32::try_from(MAX_FRAME_BYTES).unwrap().to_le_bytes();
            sending
                .write_all(&[&[Long::KIND][..], &length].concat())
                .await
                .ok();
            sending.write_chunk(nearly).await.ok();
            std::future::pending::<()>().await;
            drop(receiving);
        });
        begun += 1;
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
    // The 16 MiB for a peer's frames, and both windows, and no more.
    let grown = most.saturating_sub(start);
    assert!(grown < 40 << 20, "{begun} frames cost {grown} bytes");
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
