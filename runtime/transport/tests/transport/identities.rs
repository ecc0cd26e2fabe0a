//! Who is refused, and that nothing of theirs is read.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bubbles_transport::{
    Authority, Closed, ConnectError, Identity, Protocol, Refusal, Revoked, Role, Validity,
};
use quinn::crypto::rustls::QuicServerConfig;
use tokio::time::timeout;

use crate::raw::{self, Client};
use crate::support::{
    HOUR, MOMENT, SOON, among_others, authority, endpoint, identity, identity_for, in_time, name,
    node, now_for_an_hour,
};

/// One who is to be refused.
struct Case {
    what: &'static str,
    identity: Option<Identity>,
    alpn: &'static str,
    expected: Refusal,
}

impl Case {
    fn new(what: &'static str, identity: Option<Identity>, expected: Refusal) -> Self {
        Self {
            what,
            identity,
            alpn: Protocol::Control.alpn(),
            expected,
        }
    }

    fn speaking(mut self, alpn: &'static str) -> Self {
        self.alpn = alpn;
        self
    }
}

fn cases(authority: &Authority, revoked: &Revoked) -> Vec<Case> {
    let now = SystemTime::now();
    let at = |from, until| {
        let validity = Validity { from, until };
        Some(identity_for(authority, "dated", Role::Node, validity))
    };
    let removed = identity(authority, "removed", Role::Node);
    revoked.insert(removed.peer().fingerprint);
    let foreign = identity(&crate::support::authority(), "foreign", Role::Node);
    let bearer = || Some(identity(authority, "bearer", Role::Join));
    let member = |role: Role| Some(identity(authority, role.as_str(), role));
    let forbidden = Refusal::Forbidden;
    let mut cases = vec![
        Case::new("no certificate", None, Refusal::Unidentified),
        Case::new("another authority", Some(foreign), Refusal::Unidentified),
        Case::new("expired", at(now - 2 * HOUR, now - HOUR), Refusal::Expired),
        Case::new(
            "not yet valid",
            at(now + HOUR, now + 2 * HOUR),
            Refusal::Expired,
        ),
        Case::new("revoked", Some(removed), Refusal::Revoked),
        Case::new("an invitation, to talk", bearer(), forbidden),
        Case::new("an invitation, for data", bearer(), forbidden).speaking(Protocol::Data.alpn()),
        Case::new("a later version", member(Role::Node), Refusal::OtherVersion)
            .speaking("bubbles-control/2"),
        Case::new(
            "no protocol of ours",
            member(Role::Node),
            Refusal::OtherVersion,
        )
        .speaking("h3"),
    ];
    for role in [Role::Node, Role::Admin, Role::Submit, Role::Read] {
        let case = Case::new("a member, to join", member(role), forbidden);
        cases.push(case.speaking(Protocol::Join.alpn()));
    }
    cases
}

#[tokio::test]
async fn each_of_these_is_refused_before_anything_is_read() {
    let _others = among_others().await;
    let authority = authority();
    let revoked = Revoked::default();
    let server = endpoint(Some(identity(&authority, "server", Role::Node)), &revoked);
    let address = server.local_address().unwrap();
    let cases = cases(&authority, &revoked);
    let mut refused = 0;
    for case in &cases {
        let client = Client::new(case.identity.as_ref(), case.alpn);
        let (seen, sent) = in_time(insist(&client, address)).await;
        assert_eq!(seen, Some(case.expected), "{}", case.what);
        assert_eq!(sent, 0, "{}: streams were granted", case.what);
        refused += 1;
    }
    assert_eq!((cases.len(), refused), (13, 13));
    timeout(MOMENT, server.accept()).await.unwrap_err();
    // The gate stands: a node of this cluster comes in.
    let good = node(&authority, "good");
    let (connected, accepted) =
        tokio::join!(good.connect(address, Protocol::Control), server.accept());
    connected.unwrap();
    assert_eq!(accepted.unwrap().peer().name, name("good"));
}

/// Tries to send whatever it can, until the connection ends; says how it ended, and how many
/// stream frames went out.
async fn insist(client: &Client, address: std::net::SocketAddr) -> (Option<Refusal>, u64) {
    let connection = match client.connect(address).await {
        Ok(connection) => connection,
        Err(error) => return (refusal(error.into()), 0),
    };
    while let Ok((mut sending, _receiving)) = connection.open_bi().await {
        sending.write_all(b"anything").await.ok();
    }
    let ended = connection.closed().await;
    (refusal(ended.into()), connection.stats().frame_tx.stream)
}

fn refusal(closed: Closed) -> Option<Refusal> {
    match closed {
        Closed::ByPeer { refusal, .. } => Some(refusal),
        _ => None,
    }
}

#[tokio::test]
async fn the_refused_hear_why() {
    let _others = among_others().await;
    let authority = authority();
    let revoked = Revoked::default();
    let server = endpoint(Some(identity(&authority, "server", Role::Node)), &revoked);
    let address = server.local_address().unwrap();
    let removed = identity(&authority, "removed", Role::Admin);
    revoked.insert(removed.peer().fingerprint);
    let past = Validity {
        from: SystemTime::UNIX_EPOCH,
        until: SystemTime::now() - HOUR,
    };
    let late = identity_for(&authority, "late", Role::Submit, past);
    for (identity, expected) in [(removed, Refusal::Revoked), (late, Refusal::Expired)] {
        let client = endpoint(Some(identity), &Revoked::default());
        let error = in_time(client.connect(address, Protocol::Control)).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, ConnectError::Refused { refusal, .. } if refusal == expected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn every_member_may_talk() {
    let _others = among_others().await;
    let authority = authority();
    let server = node(&authority, "server");
    let address = server.local_address().unwrap();
    for role in [Role::Node, Role::Admin, Role::Submit, Role::Read] {
        let client = endpoint(
            Some(identity(&authority, "someone", role)),
            &Revoked::default(),
        );
        let connecting = client.connect(address, Protocol::Control);
        let (connected, accepted) =
            in_time(async { tokio::join!(connecting, server.accept()) }).await;
        assert_eq!(connected.unwrap().peer().name, name("server"));
        assert_eq!(accepted.unwrap().peer().role, role);
    }
}

#[tokio::test]
async fn no_one_passes_for_a_node() {
    let _others = among_others().await;
    let authority = authority();
    let revoked = Revoked::default();
    let client = endpoint(Some(identity(&authority, "client", Role::Node)), &revoked);
    let past = Validity {
        from: SystemTime::UNIX_EPOCH,
        until: SystemTime::now() - HOUR,
    };
    let removed = identity(&authority, "removed", Role::Node);
    revoked.insert(removed.peer().fingerprint);
    let impostors = [
        identity(&crate::support::authority(), "foreign", Role::Node),
        identity(&authority, "admin", Role::Admin),
        identity(&authority, "node", Role::Submit),
        identity(&authority, "bearer", Role::Join),
        identity_for(&authority, "old", Role::Node, past),
        removed,
    ];
    for impostor in &impostors {
        let server = raw_server(impostor);
        let address = server.local_addr().unwrap();
        let connecting = client.connect(address, Protocol::Control);
        let (connected, _) = in_time(async {
            tokio::join!(connecting, async {
                server.accept().await.unwrap().await.ok()
            })
        })
        .await;
        let error = connected.unwrap_err();
        assert!(
            matches!(error, ConnectError::NotTrusted { .. }),
            "{}: {error}",
            impostor.peer()
        );
    }
}

/// A server that asks for no certificate and shows this one.
fn raw_server(identity: &Identity) -> quinn::Endpoint {
    let (chain, key) = raw::parts(identity);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = vec![Protocol::Control.alpn().as_bytes().to_vec()];
    let tls = QuicServerConfig::try_from(tls).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(tls));
    quinn::Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap()
}

#[tokio::test]
async fn the_time_is_the_one_passed_in() {
    use bubbles_transport::seams::{TimeProvider, UnixTime};
    use bubbles_transport::{Endpoint, EndpointConfig, Seams};

    #[derive(Debug)]
    struct Later(Duration);
    impl TimeProvider for Later {
        fn current_time(&self) -> Option<UnixTime> {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            Some(UnixTime::since_unix_epoch(now.unwrap() + self.0))
        }
    }

    let _others = among_others().await;
    let authority = authority();
    let validity = now_for_an_hour();
    for (later, is_let_in) in [(HOUR / 2, true), (2 * HOUR, false)] {
        let mut seams = Seams::system();
        seams.clock = Arc::new(Later(later));
        let config = EndpointConfig {
            address: "127.0.0.1:0".parse().unwrap(),
            identity: Some(identity_for(&authority, "server", Role::Node, validity)),
            revoked: Revoked::default(),
            seams,
        };
        let server = Endpoint::bind(config).unwrap();
        let client = node(&authority, "client");
        let address = server.local_address().unwrap();
        let connected = timeout(SOON, client.connect(address, Protocol::Control)).await;
        assert_eq!(connected.unwrap().is_ok(), is_let_in, "{later:?}");
    }
}
