//! Endpoints: who is let go, when it is full, how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use bubbles_transport::{
    BindError, Closed, ConnectError, Connection, Endpoint, EndpointConfig, Protocol, Refusal,
    Revoked, Role, Seams, call,
};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{
    MOMENT, Note, SOON, among_others, authority, connected, echo, endpoint, identity, in_time,
    node, note,
};

async fn pair(from: &Endpoint, to: &Endpoint, protocol: Protocol) -> (Connection, Connection) {
    let address = to.local_address().unwrap();
    let connecting = from.connect(address, protocol);
    let (connected, accepted) = in_time(async { tokio::join!(connecting, to.accept()) }).await;
    (connected.unwrap(), accepted.unwrap())
}

fn refusal(closed: &Closed) -> Option<Refusal> {
    match closed {
        Closed::ByPeer { refusal, .. } => Some(*refusal),
        _ => None,
    }
}

#[tokio::test]
async fn the_revoked_are_dropped_and_the_others_stay() {
    let _others = among_others().await;
    let authority = authority();
    let revoked = Revoked::default();
    let server = endpoint(Some(identity(&authority, "server", Role::Node)), &revoked);
    let (bad, good) = (node(&authority, "bad"), node(&authority, "good"));
    let mut held = Vec::new();
    for protocol in [Protocol::Control, Protocol::Data] {
        held.push(pair(&bad, &server, protocol).await);
    }
    let (near, far) = pair(&good, &server, Protocol::Control).await;
    assert_eq!(server.drop_revoked(), 0);
    revoked.insert(held[0].1.peer().fingerprint);
    assert_eq!(server.drop_revoked(), 2);
    assert_eq!(server.drop_revoked(), 0);
    for (near, far) in &held {
        assert_eq!(
            refusal(&in_time(near.closed()).await),
            Some(Refusal::Revoked)
        );
        assert!(!far.is_open());
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(far, SOON));
    assert_eq!(call(&near, &note(1), SOON).await, Ok(note(1)));
}

#[tokio::test]
async fn one_peer_has_so_many_connections() {
    const MOST: usize = 3;
    let _others = among_others().await;
    let authority = authority();
    let server = node(&authority, "server");
    let address = server.local_address().unwrap();
    let greedy = node(&authority, "greedy");
    let mut held = Vec::new();
    for _ in 0..MOST {
        held.push(pair(&greedy, &server, Protocol::Data).await);
    }
    let error = in_time(greedy.connect(address, Protocol::Data))
        .await
        .unwrap_err();
    let refusal = Refusal::Busy;
    assert!(
        matches!(error, ConnectError::Refused { refusal: seen, .. } if seen == refusal),
        "{error}"
    );
    // The others come in, and so does it with another protocol, or when one has ended.
    pair(&node(&authority, "other"), &server, Protocol::Data).await;
    pair(&greedy, &server, Protocol::Control).await;
    let (near, far) = held.pop().unwrap();
    near.close(Refusal::Done, "");
    in_time(far.closed()).await;
    pair(&greedy, &server, Protocol::Data).await;
}

#[tokio::test]
async fn a_shutdown_is_told_and_can_be_repeated() {
    let _others = among_others().await;
    let authority = authority();
    let (server, client) = (node(&authority, "server"), node(&authority, "client"));
    let (near, far) = pair(&client, &server, Protocol::Control).await;
    in_time(server.shutdown()).await;
    in_time(server.shutdown()).await;
    assert_eq!(far.closed().await, Closed::Here);
    let seen = in_time(near.closed()).await;
    assert_eq!(refusal(&seen), Some(Refusal::ShuttingDown), "{seen}");
    assert!(server.accept().await.is_none());
    let address = client.local_address().unwrap();
    let connected = server.connect(address, Protocol::Control).await;
    assert!(matches!(connected, Err(ConnectError::Address { .. })));
}

#[tokio::test]
async fn a_dropped_endpoint_is_gone() {
    let _others = among_others().await;
    let authority = authority();
    let (server, client) = (node(&authority, "server"), node(&authority, "client"));
    let (near, far) = pair(&client, &server, Protocol::Control).await;
    drop(server);
    assert!(
        !in_time(async {
            while far.is_open() {
                tokio::task::yield_now().await;
            }
            far.is_open()
        })
        .await
    );
    let seen = in_time(near.closed()).await;
    assert_eq!(refusal(&seen), Some(Refusal::ShuttingDown), "{seen}");
}

#[tokio::test]
async fn only_a_node_lets_others_in() {
    let _others = among_others().await;
    let authority = authority();
    let person = endpoint(
        Some(identity(&authority, "ada", Role::Admin)),
        &Revoked::default(),
    );
    assert!(person.accept().await.is_none());
    let join = person.connect(person.local_address().unwrap(), Protocol::Join);
    assert!(matches!(
        join.await,
        Err(ConnectError::Forbidden(Protocol::Join))
    ));
}

#[tokio::test]
async fn where_nobody_is_nobody_answers() {
    let _others = among_others().await;
    let authority = authority();
    let client = node(&authority, "client");
    // Taken, so that nothing else is there, and never answered.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let error = in_time(client.connect(address, Protocol::Control)).await;
    assert!(matches!(error, Err(ConnectError::NoAnswer(at)) if at == address));
}

#[tokio::test]
async fn an_address_is_taken_once() {
    let _others = among_others().await;
    let first = endpoint(None, &Revoked::default());
    let address: SocketAddr = first.local_address().unwrap();
    let second = Endpoint::bind(EndpointConfig {
        address,
        identity: None,
        revoked: Revoked::default(),
        seams: Seams::system(),
    });
    assert!(matches!(second, Err(BindError::Socket { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_data_connections_do_not_hold_up_control() {
    const CALLS: u32 = 20;
    let _others = among_others().await;
    let (data, unread, [near, far]) = connected(Protocol::Data).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let mut stream = data.open().await.unwrap();
        tasks.spawn(async move {
            let bytes = Bytes::from(vec![0; 4 << 20]);
            while stream.sending.send_bytes(bytes.clone()).await.is_ok() {}
        });
    }
    // As full as it gets: nobody reads, and no sender comes to its end.
    timeout(MOMENT, tasks.join_next()).await.unwrap_err();
    let (control, accepted) = pair(&near, &far, Protocol::Control).await;
    tasks.spawn(echo(accepted, SOON));
    for number in 0..CALLS {
        let answer = call::<_, Note>(&control, &note(number), Duration::from_secs(2)).await;
        assert_eq!(answer, Ok(note(number)));
    }
    assert!(data.is_open() && unread.is_open());
}
