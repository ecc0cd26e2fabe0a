//! Strangers at the gate, in crowds.

use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bubbles_transport::seams::{AsyncUdpSocket, Runtime as _, TokioRuntime, UdpPoller, udp};
use bubbles_transport::{
    ConnectError, Endpoint, EndpointConfig, Identity, Protocol, Refusal, Revoked, Role, Seams, call,
};
use tokio::task::JoinSet;

use crate::raw::Client;
use crate::support::{
    SOON, among_others, authority, endpoint_at, identity, in_time, node, note, serve,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datagrams_that_mean_nothing_do_no_harm() {
    const DATAGRAMS: usize = 20_000;
    let _others = among_others().await;
    let authority = authority();
    let server = Arc::new(node(&authority, "server"));
    let address = server.local_address().unwrap();
    let mut tasks = JoinSet::new();
    let serving = server.clone();
    tasks.spawn(async move { serve(&serving, SOON).await });
    let friend = node(&authority, "friend");
    let friendly = in_time(friend.connect(address, Protocol::Control))
        .await
        .unwrap();
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut sent = 0;
    for number in 0..DATAGRAMS {
        // Long headers of version 1 and short ones, with what follows made up.
        let first = if number % 2 == 0 { 0xc3 } else { 0x43 };
        let seed = u64::try_from(number).unwrap();
        let noise = blake3::hash(&seed.to_le_bytes());
        let mut datagram = vec![first, 0, 0, 0, 1, 8];
        datagram.extend(noise.as_bytes().iter().cycle().take(1200));
        sent += usize::from(socket.send_to(&datagram, address).is_ok());
        if number % 1000 == 0 {
            let question = note(u32::try_from(number).unwrap());
            assert_eq!(call(&friendly, &question, SOON).await, Ok(question));
        }
    }
    assert_eq!(sent, DATAGRAMS);
    assert_eq!(call(&friendly, &note(1), SOON).await, Ok(note(1)));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_without_certificates_keeps_nobody_out() {
    const CROWD: usize = 200;
    let _others = among_others().await;
    let authority = authority();
    let server = Arc::new(node(&authority, "server"));
    let address = server.local_address().unwrap();
    let mut serving = JoinSet::new();
    let servant = server.clone();
    serving.spawn(async move { serve(&servant, SOON).await });
    let client = Arc::new(Client::new(None, Protocol::Control.alpn()));
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let client = client.clone();
        crowd.spawn(async move {
            match client.connect(address).await {
                Ok(connection) => connection.open_bi().await.is_err(),
                Err(_) => true,
            }
        });
    }
    // From another address of this machine, as the crowd has used up what one address gets.
    let identity = identity(&authority, "friend", Role::Node);
    let friend = endpoint_at(
        Ipv4Addr::new(127, 0, 0, 2),
        Some(identity),
        &Revoked::default(),
    );
    let friendly = in_time(come_in(&friend, address)).await;
    assert_eq!(call(&friendly, &note(1), SOON).await, Ok(note(1)));
    let refused = in_time(crowd.join_all()).await;
    assert_eq!(refused.iter().filter(|refused| **refused).count(), CROWD);
}

async fn come_in(endpoint: &Endpoint, address: SocketAddr) -> bubbles_transport::Connection {
    loop {
        match endpoint.connect(address, Protocol::Control).await {
            Ok(connection) => return connection,
            Err(
                ConnectError::Refused {
                    refusal: Refusal::Busy,
                    ..
                }
                | ConnectError::NoAnswer(_),
            ) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// A socket that counts the Retries that come, and may keep all that comes from whoever listens.
#[derive(Debug)]
struct Ear {
    socket: Arc<dyn AsyncUdpSocket>,
    is_deaf: bool,
    retries: Arc<AtomicUsize>,
}

impl Ear {
    fn new(ip: Ipv4Addr, is_deaf: bool) -> Self {
        let socket = std::net::UdpSocket::bind((ip, 0)).unwrap();
        Self {
            socket: TokioRuntime.wrap_udp_socket(socket).unwrap(),
            is_deaf,
            retries: Arc::default(),
        }
    }
}

impl AsyncUdpSocket for Ear {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        self.socket.clone().create_io_poller()
    }

    fn try_send(&self, transmit: &udp::Transmit<'_>) -> io::Result<()> {
        self.socket.try_send(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [udp::RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            let received = std::task::ready!(self.socket.poll_recv(cx, bufs, meta))?;
            for (bytes, meta) in bufs.iter().zip(meta.iter()).take(received) {
                // The first byte of a Retry (RFC 9000, section 17.2.5).
                let is_retry = meta.len > 0 && bytes[0] & 0xf0 == 0xf0;
                self.retries.fetch_add(is_retry.into(), Ordering::Relaxed);
            }
            if !self.is_deaf {
                return Poll::Ready(Ok(received));
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

fn endpoint_on(ear: Ear, identity: Identity) -> Endpoint {
    let mut seams = Seams::system();
    seams.socket = Some(Arc::new(ear));
    seams.seed = Some([7; 32]);
    let config = EndpointConfig {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        identity: Some(identity),
        revoked: Revoked::default(),
        seams,
    };
    Endpoint::bind(config).unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_many_knock_an_address_has_to_be_proved() {
    /// So many handshakes one address gets, and from 64 on they have to be proved.
    const EACH: usize = 32;
    let _others = among_others().await;
    let authority = authority();
    let server = node(&authority, "server");
    let address = server.local_address().unwrap();
    // They knock and never hear what is said to them: their handshakes do not end.
    let mut knocking = JoinSet::new();
    let mut told = Vec::new();
    for host in 3..6 {
        let ear = Ear::new(Ipv4Addr::new(127, 0, 0, host), true);
        told.push(ear.retries.clone());
        let deaf = Arc::new(endpoint_on(ear, identity(&authority, "deaf", Role::Node)));
        for _ in 0..EACH {
            let deaf = deaf.clone();
            knocking.spawn(async move { deaf.connect(address, Protocol::Control).await.is_err() });
        }
    }
    // The first who is told to prove its address shows that as many handshakes are under way.
    in_time(async {
        let told = || told.iter().map(|told| told.load(Ordering::Relaxed));
        while told().sum::<usize>() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let ear = Ear::new(Ipv4Addr::LOCALHOST, false);
    let retries = ear.retries.clone();
    let friend = endpoint_on(ear, identity(&authority, "friend", Role::Node));
    let connecting = friend.connect(address, Protocol::Control);
    let (connected, accepted) = in_time(async { tokio::join!(connecting, server.accept()) }).await;
    connected.unwrap();
    assert_eq!(accepted.unwrap().peer().name.as_str(), "friend");
    // More than once, if it asked again before it heard.
    let proofs = retries.load(Ordering::Relaxed);
    assert!(0 < proofs, "the friend had to prove its address");
    let unheard = in_time(knocking.join_all()).await;
    assert_eq!(unheard.iter().filter(|refused| **refused).count(), 3 * EACH);
}
