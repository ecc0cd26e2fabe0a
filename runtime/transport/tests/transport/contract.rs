//! What holds for every connection, over a network and in memory: each case runs on both.

/// Makes a test of each case, on each wire.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod quic {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let _others = crate::support::among_others().await;
                crate::support::in_time(super::$case(super::Wire::Quic)).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let _others = crate::support::among_others().await;
                crate::support::in_time(super::$case(super::Wire::Memory)).await;
            })*
        }
    };
}

mod bad_frames;
mod bytes;
mod calls;
mod closing;
mod frames;
mod sharing;
mod streams;
mod waiting;

use bubbles_transport::{Connection, Endpoint, PeerIdentity, Protocol, Role, Stream};

use crate::support::{SOON, authority, connected, identity, note};

#[derive(Clone, Copy)]
enum Wire {
    Quic,
    Memory,
}

/// A connection, and what it lives on.
struct Pair {
    near: Connection,
    far: Connection,
    _endpoints: Option<[Endpoint; 2]>,
}

impl Wire {
    async fn connect(self, protocol: Protocol) -> Pair {
        match self {
            Self::Quic => {
                let (near, far, endpoints) = connected(protocol).await;
                Pair {
                    near,
                    far,
                    _endpoints: Some(endpoints),
                }
            }
            Self::Memory => {
                let peer = |name| -> PeerIdentity {
                    identity(&authority(), name, Role::Node).peer().clone()
                };
                let (near, far) = Connection::in_memory(peer("near"), peer("far"), protocol);
                Pair {
                    near,
                    far,
                    _endpoints: None,
                }
            }
        }
    }
}

/// A stream that both sides know.
async fn opened(pair: &Pair) -> (Stream, Stream) {
    let mut here = pair.near.open().await.unwrap();
    here.send(&note(0)).await.unwrap();
    let mut there = pair.far.accept().await.unwrap();
    assert_eq!(there.receive(SOON).await, Ok(note(0)));
    (here, there)
}

/// A frame as it would be sent, to be spoiled.
fn raw_frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&[kind][..], &length, body].concat()
}
