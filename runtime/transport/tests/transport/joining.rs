//! From an invitation to a member.

use std::net::SocketAddr;
use std::time::SystemTime;

use bubbles_transport::{
    Authority, Certificate, ConnectError, Connection, Endpoint, Frame, Identity, Invitation,
    PrivateKey, Protocol, PublicKey, Refusal, Revoked, Role, Validity, call,
};
use serde::{Deserialize, Serialize};

use crate::support::{
    HOUR, SOON, among_others, authority, endpoint, identity, in_time, name, now_for_an_hour,
};

#[derive(Debug, Serialize, Deserialize)]
struct LetMeIn(PublicKey);

impl Frame for LetMeIn {
    const KIND: u8 = 1;
    const LIMIT: usize = 1024;
}

#[derive(Debug, Serialize, Deserialize)]
struct Welcome {
    certificate: Certificate,
    authority: Certificate,
}

impl Frame for Welcome {
    const KIND: u8 = 2;
    const LIMIT: usize = 16 << 10;
}

fn invite(authority: &Authority, address: SocketAddr, validity: Validity) -> Invitation {
    let key = PrivateKey::generate().unwrap();
    let invitation = Invitation::issue(authority, &name("ticket-1"), &[address], validity, &key);
    // As it comes out of a terminal at the other end.
    Invitation::parse(&invitation.unwrap().to_text()).unwrap()
}

/// What a node does for who joins: one question, one answer; the invitation is then used.
async fn let_in(connection: &Connection, authority: &Authority, revoked: &Revoked) {
    let mut stream = connection.accept().await.unwrap();
    let LetMeIn(key) = stream.receive(SOON).await.unwrap();
    let validity = now_for_an_hour();
    let certificate = authority.issue(&name("worker-9"), Role::Node, validity, &key);
    let answer = Welcome {
        certificate: certificate.unwrap(),
        authority: authority.certificate().clone(),
    };
    stream.send(&answer).await.unwrap();
    stream.sending.finish().unwrap();
    revoked.insert(connection.peer().fingerprint);
}

#[tokio::test]
async fn an_invitation_is_good_for_one() {
    let _others = among_others().await;
    let authority = authority();
    let revoked = Revoked::default();
    let server = endpoint(Some(identity(&authority, "server", Role::Node)), &revoked);
    let invitation = invite(
        &authority,
        server.local_address().unwrap(),
        now_for_an_hour(),
    );
    let address = invitation.addresses()[0];

    let stranger = endpoint(None, &Revoked::default());
    let nobody = stranger.connect(address, Protocol::Control).await;
    assert!(matches!(nobody, Err(ConnectError::NoIdentity)));
    let connecting = stranger.connect_with(address, &invitation);
    let (connected, accepted) = in_time(async { tokio::join!(connecting, server.accept()) }).await;
    let (connected, accepted) = (connected.unwrap(), accepted.unwrap());
    assert_eq!(accepted.protocol(), Protocol::Join);
    assert_eq!(accepted.peer().fingerprint, invitation.fingerprint());
    assert_eq!(accepted.peer().name, name("ticket-1"));

    let key = PrivateKey::generate().unwrap();
    let question = LetMeIn(key.public());
    let asking = call::<_, Welcome>(&connected, &question, SOON);
    let answering = let_in(&accepted, &authority, &revoked);
    let (answer, ()) = in_time(async { tokio::join!(asking, answering) }).await;
    let Welcome {
        certificate,
        authority: from,
    } = answer.unwrap();
    let identity = Identity::new(key, certificate, from).unwrap();
    assert_eq!(identity.authority_fingerprint(), invitation.authority());
    assert_eq!(identity.peer().role, Role::Node);

    // Now it is one of them, and the invitation is used.
    let member = endpoint(Some(identity), &Revoked::default());
    in_time(member.connect(address, Protocol::Control))
        .await
        .unwrap();
    assert_refused(&stranger, address, &invitation, Refusal::Revoked).await;
}

async fn assert_refused(
    from: &Endpoint,
    to: SocketAddr,
    invitation: &Invitation,
    expected: Refusal,
) {
    let error = in_time(from.connect_with(to, invitation))
        .await
        .unwrap_err();
    let refused = matches!(error, ConnectError::Refused { refusal, .. } if refusal == expected);
    assert!(refused, "{error}");
}

#[tokio::test]
async fn a_late_or_foreign_invitation_is_refused() {
    let _others = among_others().await;
    let ours = authority();
    let server = identity(&ours, "server", Role::Node);
    let server = endpoint(Some(server), &Revoked::default());
    let address = server.local_address().unwrap();
    let stranger = endpoint(None, &Revoked::default());
    let now = SystemTime::now();
    let past = Validity {
        from: now - 2 * HOUR,
        until: now - HOUR,
    };
    let late = invite(&ours, address, past);
    assert!(late.until() < now);
    assert_refused(&stranger, address, &late, Refusal::Expired).await;
    // Of another cluster: its bearer believes this server as little as the server it.
    let foreign = invite(&authority(), address, now_for_an_hour());
    let error = in_time(stranger.connect_with(address, &foreign)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ConnectError::NotTrusted { .. }), "{error}");
}
