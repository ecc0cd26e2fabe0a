//! How a connection ends.

use bubbles_transport::{CallError, Closed, Protocol, Refusal, call};
use tokio::time::timeout;

use super::{Pair, Wire, opened};
use crate::support::{MOMENT, Note, SOON, note};

contract!(the_first_to_close_decides, the_last_handle_closes,);

async fn the_first_to_close_decides(wire: Wire) {
    let pair = wire.connect(Protocol::Control).await;
    let (mut here, mut there) = opened(&pair).await;
    pair.near.close(Refusal::Other(77), "enough\nof it");
    pair.near.close(Refusal::Busy, "too late");
    let by_peer = Closed::ByPeer {
        refusal: Refusal::Other(77),
        reason: "enough of it".to_owned(),
    };
    assert_eq!(pair.near.closed().await, Closed::Here);
    assert_eq!(pair.far.closed().await, by_peer);
    assert!(!pair.near.is_open() && !pair.far.is_open());
    assert_eq!(pair.near.open().await.map(drop), Err(Closed::Here));
    assert_eq!(pair.far.open().await.map(drop), Err(by_peer.clone()));
    assert_eq!(pair.far.accept().await.map(drop), Err(by_peer.clone()));
    assert_eq!(here.send(&note(1)).await, Err(Closed::Here.into()));
    assert_eq!(there.send(&note(1)).await, Err(by_peer.clone().into()));
    assert_eq!(there.receive::<Note>(SOON).await, Err(by_peer.into()));
    let asked = call::<_, Note>(&pair.near, &note(1), SOON).await;
    assert_eq!(asked, Err(CallError::Closed(Closed::Here)));
}

async fn the_last_handle_closes(wire: Wire) {
    let Pair {
        near,
        far,
        _endpoints,
    } = wire.connect(Protocol::Control).await;
    let stream = near.open().await.unwrap();
    let other = near.clone();
    drop(near);
    assert!(other.is_open() && far.is_open());
    drop(other);
    timeout(MOMENT, far.closed()).await.unwrap_err();
    drop(stream);
    let reason = String::new();
    let refusal = Refusal::Done;
    assert_eq!(far.closed().await, Closed::ByPeer { refusal, reason });
}
