//! Being let in: a token becomes a profile.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bubbles_node::Profile;
use bubbles_node::wire::{Denial, Join, Joined};
use bubbles_transport::{Fingerprint, Identity, Invitation, PeerName, PrivateKey, Refusal, Role};

use super::contact::{Contact, Miss};
use super::error::ClusterError;
use super::{in_background, search::Patience};

/// What a person's name may take of a peer's name; the tail makes it unique.
const NAME_CHARACTERS: usize = 40;

/// For an answer, which has to be agreed on.
const ANSWER: Duration = Duration::from_secs(10);

/// Who one is after a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// As the cluster knows this person.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where the profile is.
    pub folder: PathBuf,
    /// Where nodes are reached.
    pub addresses: Vec<String>,
}

/// Uses a token up, and saves what it gives in `folder`. The key is made here and stays here. A
/// profile that is there is replaced.
///
/// # Errors
/// A text that is no token, or one that is good no longer; no node that answers; a node of another
/// cluster than the token's; a folder that cannot be written, which is tried before.
pub fn login(token: &str, folder: &Path) -> Result<Login, ClusterError> {
    let invitation = Invitation::parse(token)?;
    if invitation.until() < SystemTime::now() {
        return Err(ClusterError::TokenExpired);
    }
    make_room(folder)?;
    let key = PrivateKey::generate()?;
    let named = ["USER", "LOGNAME", "USERNAME"];
    let person = named.iter().find_map(|name| std::env::var(name).ok());
    let name = peer_name(&person.unwrap_or_default(), random());
    let expected = invitation.authority();
    let question = Join::Person {
        name,
        key: key.public(),
    };
    let runtime = in_background()?;
    let contact = Contact::invited(invitation);
    let joined = runtime.block_on(async {
        let join = |leader: super::contact::Leader| {
            let question = &question;
            async move {
                match leader.call(question).await? {
                    Joined::No(denial) => Err(Miss::Denied(denial)),
                    joined => Ok(joined),
                }
            }
        };
        let patience = Patience::QUESTION.answer(ANSWER);
        let joined = contact.with_leader(patience, &|_| (), join).await;
        contact.sockets().shutdown().await;
        joined
    });
    runtime.shutdown_background();
    let profile = profile(joined.map_err(of_token)?, key, expected)?;
    profile.save(folder)?;
    Ok(Login {
        name: profile.identity.peer().name.to_string(),
        role: profile.identity.peer().role,
        folder: folder.to_owned(),
        addresses: profile.addresses,
    })
}

/// A token is used up before its fruit is saved: it had better be possible to save.
fn make_room(folder: &Path) -> Result<(), ClusterError> {
    let room = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    room.map(drop).map_err(|source| {
        ClusterError::Profile(bubbles_node::ProfileError::File {
            path: folder.to_owned(),
            source,
        })
    })
}

fn profile(
    joined: Joined,
    key: PrivateKey,
    expected: Fingerprint,
) -> Result<Profile, ClusterError> {
    let Joined::Person {
        certificate,
        authority,
        addresses,
    } = joined
    else {
        return Err(ClusterError::Garbled { asked: "the token" });
    };
    if authority.fingerprint() != expected {
        return Err(ClusterError::OtherAuthority);
    }
    if addresses.is_empty() {
        return Err(ClusterError::Garbled { asked: "the token" });
    }
    Ok(Profile {
        identity: Identity::new(key, certificate, authority)?,
        addresses,
    })
}

/// A no to a token is about the token.
fn of_token(error: ClusterError) -> ClusterError {
    match error {
        ClusterError::Refused(Refusal::Revoked) => ClusterError::TokenSpent,
        ClusterError::Refused(Refusal::Expired) => ClusterError::TokenExpired,
        ClusterError::Denied(Denial::NotFound { .. }) => ClusterError::TokenSpent,
        error => error,
    }
}

/// `Ann O'Neill` as `ann-o-neill-1f09a3`.
fn peer_name(person: &str, random: u64) -> PeerName {
    let plain = |character: char| match character.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => ' ',
    };
    let spaced: String = person.chars().map(plain).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut name = words.join("-");
    name.truncate(NAME_CHARACTERS);
    let name = match name.trim_end_matches('-') {
        "" => "person",
        name => name,
    };
    let tail = random & 0xff_ffff;
    let name = format!("{name}-{tail:06x}").try_into();
    name.expect("letters, digits and dashes within, and few of them")
}

/// A number that nobody guesses twice: what names are told apart by, no secret.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_of_a_person_becomes_one_of_a_peer() {
        let name = |person: &str| peer_name(person, 0xab_1f09a3).to_string();
        assert_eq!(name("Ann O'Neill"), "ann-o-neill-1f09a3");
        assert_eq!(name(""), "person-1f09a3");
        assert_eq!(name("-ä-"), "person-1f09a3");
        assert!(name(&"x-".repeat(60)).len() <= 63);
        assert_ne!(random(), random());
    }
}
