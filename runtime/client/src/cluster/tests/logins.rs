//! Being let in, and not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bubbles_node::Profile;
use bubbles_node::wire::{Denial, Join, Joined};
use bubbles_transport::{Authority, Role, Validity};

use super::super::testing::{Lab, an_hour};
use super::super::{ClusterError, Login, login};

/// What a node of this authority gives a person.
fn admit(authority: &Authority, join: &Join) -> Joined {
    let Join::Person { name, key } = join else {
        panic!("a person asks");
    };
    let certificate = authority.issue(name, Role::Submit, an_hour(), key);
    Joined::Person {
        certificate: certificate.unwrap(),
        authority: authority.certificate().clone(),
        addresses: vec!["10.0.0.1:4433".to_owned()],
    }
}

fn log_in(lab: &Lab, address: &str) -> Result<Login, ClusterError> {
    let token = lab.token(&[address], an_hour()).to_text();
    login(&token, &lab.home.state.join("cluster"))
}

fn profile(lab: &Lab) -> Option<Profile> {
    Profile::load(&lab.home.state.join("cluster")).unwrap()
}

#[test]
fn a_token_becomes_a_profile() {
    let lab = Lab::new();
    let authority = lab.authority.clone();
    let leader = lab.door("n1", move |join| admit(&authority, join));
    let named = leader.address.clone();
    let follower = lab.door("n2", move |_| {
        Joined::No(Denial::NotLeader {
            address: Some(named.clone()),
        })
    });
    let login = log_in(&lab, &follower.address).unwrap();
    assert_eq!(login.role, Role::Submit);
    let profile = profile(&lab).unwrap();
    assert_eq!(profile.identity.peer().name.as_str(), login.name);
    assert_eq!(profile.addresses, ["10.0.0.1:4433"]);
}

#[test]
fn an_authority_that_the_token_does_not_name_is_not_believed() {
    let (lab, other) = (Lab::new(), Lab::new());
    let authority = other.authority.clone();
    // A node of the cluster that hands out somebody else's certificates.
    let node = lab.door("n1", move |join| admit(&authority, join));
    let error = log_in(&lab, &node.address).unwrap_err();
    assert!(matches!(error, ClusterError::OtherAuthority), "{error}");
    assert_eq!(error.exit_code(), 3);
    assert!(profile(&lab).is_none());
    // A node of another cluster is not even asked.
    let asked = AtomicUsize::new(0);
    let asked: &'static AtomicUsize = Box::leak(Box::new(asked));
    let authority = other.authority.clone();
    let stranger = other.door("n1", move |join| {
        asked.fetch_add(1, Ordering::SeqCst);
        admit(&authority, join)
    });
    let begun = Instant::now();
    let error = log_in(&lab, &stranger.address).unwrap_err();
    assert!(matches!(error, ClusterError::Stranger(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_used_token_is_told_and_leaves_what_was_there() {
    let lab = Lab::new();
    let folder = lab.home.state.join("cluster");
    let before = lab.profile(&["10.0.0.9:4433"]);
    before.save(&folder).unwrap();
    let refused = Denial::Refused {
        message: "the token has been used".to_owned(),
    };
    let said = refused.clone();
    let node = lab.door("n1", move |_| Joined::No(said.clone()));
    let error = log_in(&lab, &node.address).unwrap_err();
    assert!(matches!(&error, ClusterError::Denied(denial) if *denial == refused));
    assert_eq!(
        profile(&lab).unwrap().identity.peer(),
        before.identity.peer()
    );
    let gone = lab.door("n1", |_| {
        Joined::No(Denial::NotFound {
            what: "token".to_owned(),
            name: "t-1".to_owned(),
        })
    });
    let error = log_in(&lab, &gone.address).unwrap_err();
    assert!(matches!(error, ClusterError::TokenSpent), "{error}");
    assert!(error.help().unwrap().contains("bubbles token"));
}

#[test]
fn a_text_that_is_no_good_token_is_told_at_once() {
    let lab = Lab::new();
    let folder = lab.home.state.join("cluster");
    let error = login("bubbles-x", &folder).unwrap_err();
    assert!(matches!(error, ClusterError::Token(_)), "{error}");
    assert_eq!(error.exit_code(), 2);
    let now = SystemTime::now();
    let past = Validity {
        from: now - Duration::from_secs(7200),
        until: now - Duration::from_secs(3600),
    };
    let token = lab.token(&["127.0.0.1:9"], past).to_text();
    let error = login(&token, &folder).unwrap_err();
    assert!(matches!(error, ClusterError::TokenExpired), "{error}");
    assert!(!folder.exists());
}

#[test]
fn a_token_is_not_used_up_for_a_folder_that_cannot_be_written() {
    let lab = Lab::new();
    let authority = lab.authority.clone();
    let node = lab.door("n1", move |join| admit(&authority, join));
    let file = tempfile::NamedTempFile::new().unwrap();
    let token = lab.token(&[&node.address], an_hour()).to_text();
    let error = login(&token, file.path()).unwrap_err();
    assert!(matches!(error, ClusterError::Profile(_)), "{error}");
}
