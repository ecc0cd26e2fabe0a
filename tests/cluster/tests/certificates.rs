//! Who is not let in by a node that runs, whatever they send. That nothing of theirs is read is seen
//! by them: not one stream is granted.

use std::net::SocketAddr;
use std::time::Duration;

use bubbles_cluster_tests::cli::{self, Role as Invited};
use bubbles_cluster_tests::cluster::Cluster;
use bubbles_cluster_tests::wait::until;
use bubbles_transport::{Identity, Protocol, Refusal, Role};
use tokio::time::timeout;

use crate::raw::{self, Peer, refusal};
use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "who_has_no_good_certificate_is_not_heard",
        Needs::Nothing,
        not_heard,
    ),
    (
        "who_may_submit_may_not_administer",
        Needs::Nothing,
        may_not_administer,
    ),
];

/// A peer is let in or refused within this time.
const SOON: Duration = Duration::from_secs(10);

type Case = (&'static str, Option<Identity>, &'static str, Refusal);

fn cases(cluster: &Cluster, removed: Identity) -> Vec<Case> {
    let ours = raw::authority(cluster);
    let foreign = raw::identity(
        &raw::foreign_authority(),
        "n1",
        Role::Node,
        raw::now_for_an_hour(),
    );
    let dated = |hours| {
        Some(raw::identity(
            &ours,
            "dated",
            Role::Node,
            raw::an_hour(hours),
        ))
    };
    let now = |role| Some(raw::identity(&ours, "other", role, raw::now_for_an_hour()));
    let (control, data, join) = (
        Protocol::Control.alpn(),
        Protocol::Data.alpn(),
        Protocol::Join.alpn(),
    );
    let mut cases = Vec::new();
    for alpn in [control, data, join] {
        cases.extend([
            ("no certificate", None, alpn, Refusal::Unidentified),
            (
                "another authority",
                Some(foreign.clone()),
                alpn,
                Refusal::Unidentified,
            ),
            ("expired", dated(-2), alpn, Refusal::Expired),
            ("not yet good", dated(1), alpn, Refusal::Expired),
            (
                "a removed node",
                Some(removed.clone()),
                alpn,
                Refusal::Revoked,
            ),
        ]);
    }
    for alpn in [control, data] {
        cases.push(("an invitation", now(Role::Join), alpn, Refusal::Forbidden));
    }
    for role in [Role::Node, Role::Admin, Role::Submit, Role::Read] {
        cases.push(("a member, to join", now(role), join, Refusal::Forbidden));
    }
    cases.push((
        "a later version",
        now(Role::Node),
        "bubbles-control/9",
        Refusal::OtherVersion,
    ));
    cases
}

fn not_heard() {
    // A fourth one, so that those who vote are not fewer when it has gone.
    let mut cluster = Cluster::start(4, 1).unwrap();
    let removed = Identity::load(&cluster.nodes[3].data()).unwrap();
    cluster.nodes[3].kill().unwrap();
    let remove = || {
        let words = cli::remove("n4");
        let ended = cluster.admin.run(&cluster.network, words).unwrap();
        // It is alive until it has not been heard of for some seconds.
        (ended.code == Some(0)).then_some(())
    };
    until("n4 is removed", Duration::from_secs(15), remove).unwrap();

    let runtime = raw::runtime();
    let try_it = |identity: Option<&Identity>, alpn, to| {
        let _within = runtime.enter();
        let peer = Peer::new(&cluster, identity, alpn);
        runtime.block_on(async { timeout(SOON, insist(&peer, to)).await.unwrap() })
    };
    // That a node was removed the others hear a moment later.
    for node in &cluster.nodes[..3] {
        let heard = || {
            let (seen, _) = try_it(Some(&removed), Protocol::Control.alpn(), node.address());
            (seen == Some(Refusal::Revoked)).then_some(())
        };
        until("a removed node is refused", Duration::from_secs(5), heard).unwrap();
    }
    let mut refused = 0;
    for node in &cluster.nodes[..3] {
        let all = cases(&cluster, removed.clone());
        let (cases, to) = (all.len(), node.address());
        for (what, identity, alpn, expected) in all {
            let (seen, sent) = try_it(identity.as_ref(), alpn, to);
            assert_eq!(seen, Some(expected), "{what}, {alpn}");
            assert_eq!(sent, 0, "{what}, {alpn}: streams were granted");
            refused += 1;
        }
        assert_eq!(cases, 22);
        // The gate stands: who is of this cluster comes in.
        let ours = raw::authority(&cluster);
        let good = raw::identity(&ours, "good", Role::Read, raw::now_for_an_hour());
        let _within = runtime.enter();
        let peer = Peer::new(&cluster, Some(&good), Protocol::Control.alpn());
        let entering = async { timeout(SOON, peer.enter(to)).await.unwrap() };
        runtime.block_on(entering);
    }
    assert_eq!(refused, 3 * 22);
}

/// Tries to send whatever it can, until the connection ends; says how it ended, and how many stream
/// frames went out.
async fn insist(peer: &Peer, to: SocketAddr) -> (Option<Refusal>, u64) {
    let connection = match peer.connect(to).await {
        Ok(connection) => connection,
        Err(error) => return (refusal(error), 0),
    };
    while let Ok((mut sending, _receiving)) = connection.open_bi().await {
        sending.write_all(b"anything").await.ok();
    }
    let ended = connection.closed().await;
    (refusal(ended), connection.stats().frame_tx.stream)
}

fn may_not_administer() {
    let cluster = Cluster::start(1, 1).unwrap();
    let plugin = cluster.programs().guest("ledger_check").unwrap();
    let person = cluster.person("person", Invited::Submit).unwrap();
    let questions = [
        cli::deploy(&plugin),
        cli::remove("n1"),
        cli::token(Invited::Admin),
        cli::token(Invited::Submit),
    ];
    for words in questions {
        let ended = person.run(&cluster.network, words.clone()).unwrap();
        assert!(
            !matches!(ended.code, Some(0 | 1) | None),
            "{words:?}: {ended}"
        );
        let said = ended.words();
        assert!(said.contains("needs the role admin"), "{words:?}: {ended}");
        assert_eq!(cli::read_token(&ended.stdout), None);
    }
    let may = person.run(&cluster.network, cli::jobs()).unwrap();
    assert_eq!(may.code, Some(0), "{may}");
}
