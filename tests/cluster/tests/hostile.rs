//! Peers with a good certificate and bad manners: each loses its connection, and nobody else notices.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::job::Plan;
use bubbles_transport::{Protocol, Refusal, Role};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::raw::{self, Peer, refusal};
use crate::setting::{self, Running};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[(
    "hostile_peers_lose_their_connections_and_nobody_else_does",
    Needs::Nothing,
    hostile,
)];

/// What all of them together may cost a node.
const MOST_BYTES: u64 = 64 << 20;

/// A question that was begun may take ten seconds, and the end of a connection a few more.
const ENDED: Duration = Duration::from_secs(25);

const STREAMS: usize = 10_000;

/// A question, and the one about a transfer, as the first byte of a frame.
const ASK: u8 = 1;
const HAUL: u8 = 16;

/// The question for all nodes, as the only byte of its body.
const NODES: u8 = 4;

#[derive(Clone, Copy, Debug)]
enum Attack {
    /// A frame that claims 4 GiB, and begins to send them.
    EndlessLength,
    Truncated,
    UnknownKind,
    TrailingBytes,
    NoQuestion,
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
        Self::NoQuestion,
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

    /// Does it, until the connection ends; how many streams it got.
    async fn run(self, connection: &quinn::Connection, kind: u8) -> usize {
        match self {
            Self::EndlessLength => {
                let mut claimed = vec![kind, 0xff, 0xff, 0xff, 0xff];
                claimed.resize(1 << 20, b'x');
                begin(connection, &claimed, false).await
            }
            Self::Truncated => begin(connection, &[kind, 9, 0, 0, 0, 1, 2], true).await,
            Self::UnknownKind => begin(connection, &[200, 1, 0, 0, 0, NODES], true).await,
            Self::TrailingBytes => begin(connection, &[kind, 2, 0, 0, 0, NODES, 7], true).await,
            Self::NoQuestion => begin(connection, &[kind, 1, 0, 0, 0, 0x7f], true).await,
            Self::Stalled => begin(connection, &[kind, 200, 0], false).await,
            Self::ManyStreams => many_streams(connection, kind).await,
            Self::OpenAndReset => {
                let mut opened = 0;
                while opened < STREAMS {
                    let Ok((mut sending, _)) = connection.open_bi().await else {
                        return 0;
                    };
                    sending.write_all(&[kind]).await.ok();
                    sending.reset(0_u32.into()).ok();
                    opened += 1;
                }
                opened + begin(connection, &[200], true).await
            }
            Self::UnreadAnswers => {
                let mut open = Vec::new();
                for _ in 0..40 {
                    let Ok((mut sending, receiving)) = connection.open_bi().await else {
                        return 0;
                    };
                    sending.write_all(&[kind, 1, 0, 0, 0, NODES]).await.ok();
                    sending.finish().ok();
                    open.push(receiving);
                }
                open.len() + begin(connection, &[200], true).await
            }
        }
    }
}

/// Sends this on one stream, and leaves it so.
async fn begin(connection: &quinn::Connection, bytes: &[u8], end: bool) -> usize {
    let Ok((mut sending, _receiving)) = connection.open_bi().await else {
        return 0;
    };
    sending.write_all(bytes).await.ok();
    if end {
        sending.finish().ok();
    }
    connection.closed().await;
    1
}

async fn many_streams(connection: &quinn::Connection, kind: u8) -> usize {
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        let Ok((mut sending, receiving)) = connection.open_bi().await else {
            break;
        };
        sending.write_all(&[kind, 0xff]).await.ok();
        open.push((sending, receiving));
    }
    open.len()
}

fn hostile() {
    let cluster = setting::cluster(3, 2);
    let plan = Plan {
        parallelism: 12,
        partition_ms: vec![1_000],
        ..Plan::new(60, 1_000)
    };
    let job = Running::start(&cluster, &cluster.admin, plan, "beside-them");
    setting::busy(&cluster, 0, 1);
    // Everybody leads, or may: the victim is who does.
    let (victim, _) = cluster.new_leader(None, Duration::from_secs(5)).unwrap();
    let before = cluster.nodes[victim].resident_bytes().unwrap();
    let over = AtomicBool::new(false);
    let most = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut most = before;
            while !over.load(Ordering::Relaxed) {
                most = most.max(cluster.nodes[victim].resident_bytes().unwrap());
                thread::sleep(Duration::from_millis(10));
            }
            most
        });
        let attacked = scope.spawn(|| attack(&cluster, victim)).join();
        over.store(true, Ordering::Relaxed);
        attacked.unwrap();
        watching.join().unwrap()
    });
    let grown = most - before;
    eprintln!("{} KiB more at most", grown >> 10);
    assert!(grown < MOST_BYTES, "the node grew by {grown} bytes");
    let ended = job.exact();
    eprintln!("the job took {:?}", ended.took);
    let (leader, _) = cluster.new_leader(None, Duration::from_secs(5)).unwrap();
    assert_eq!(leader, victim, "the leader was lost");
}

/// All attacks at once, each by a peer of its own.
fn attack(cluster: &Cluster, victim: usize) {
    let authority = raw::authority(cluster);
    let address = cluster.nodes[victim].address();
    let runtime = raw::runtime();
    let _within = runtime.enter();
    let mut attacks = JoinSet::new();
    for (protocol, kind, role) in [
        (Protocol::Control, ASK, Role::Submit),
        (Protocol::Control, ASK, Role::Node),
        (Protocol::Data, HAUL, Role::Node),
    ] {
        for attack in Attack::ALL {
            // The question for all nodes is none over this protocol.
            if kind == HAUL && matches!(attack, Attack::UnreadAnswers) {
                continue;
            }
            let name = format!("{}-{attack:?}", protocol.alpn()).to_lowercase();
            let name: String = name.chars().filter(char::is_ascii_lowercase).collect();
            let identity = raw::identity(&authority, &name, role, raw::now_for_an_hour());
            let peer = Peer::new(cluster, Some(&identity), protocol.alpn());
            attacks.spawn(async move {
                let connection = peer.enter(address).await;
                let done = timeout(ENDED, async {
                    let streams = attack.run(&connection, kind).await;
                    (streams, connection.closed().await)
                });
                let what = format!("{attack:?} as {role} over {protocol}");
                let done = done.await;
                let (streams, ended) = done.unwrap_or_else(|_| panic!("{what} goes on for ever"));
                assert_eq!(refusal(ended), Some(attack.expected()), "{what}");
                assert!(streams > 0, "{what} did nothing");
                what
            });
        }
    }
    let ended = runtime.block_on(attacks.join_all());
    assert_eq!(ended.len(), 3 * Attack::ALL.len() - 1);
}
