//! Where the profile of a cluster lies.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bubbles_node::{Profile, ProfileError};

use super::Cluster;
use super::error::ClusterError;
use crate::Home;

/// Names the folder of a profile.
const VARIABLE: &str = "BUBBLES_CLUSTER";

/// What the first node of a cluster leaves for the admin of its machine.
const ADMIN: &str = "/var/lib/bubbles/admin";

/// Which cluster a job is run on.
#[derive(Clone, Debug, Default)]
pub enum ClusterChoice {
    /// That of the profile that `BUBBLES_CLUSTER` names, or else `bubbles login` saved, or else the
    /// first node of a cluster left on this machine.
    #[default]
    Found,
    /// That of the profile in this folder.
    Profile(PathBuf),
    /// One that is open already: several jobs share its connection.
    Open(Cluster),
}

/// Where `bubbles login` saves a profile: the folder that `BUBBLES_CLUSTER` names, else one in the
/// home's state.
#[must_use]
pub fn profile_folder(home: &Home) -> PathBuf {
    own_folder(home, &variable)
}

/// The profile that there is, and its folder.
pub(super) fn find(home: &Home) -> Result<(PathBuf, Profile), ClusterError> {
    look(home, &variable, Path::new(ADMIN))
}

/// The profile in this folder.
pub(super) fn load(folder: PathBuf) -> Result<(PathBuf, Profile), ClusterError> {
    match Profile::load(&folder)? {
        Some(profile) => Ok((folder, profile)),
        None => Err(ClusterError::NoProfile(vec![folder])),
    }
}

type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn own_folder(home: &Home, variable: Variable<'_>) -> PathBuf {
    let named = variable(VARIABLE).map(PathBuf::from);
    named.unwrap_or_else(|| home.state.join("cluster"))
}

fn look(
    home: &Home,
    variable: Variable<'_>,
    admin: &Path,
) -> Result<(PathBuf, Profile), ClusterError> {
    let own = own_folder(home, variable);
    if variable(VARIABLE).is_some() {
        return load(own);
    }
    if let Some(profile) = Profile::load(&own)? {
        return Ok((own, profile));
    }
    match Profile::load(admin) {
        Ok(Some(profile)) => Ok((admin.to_owned(), profile)),
        Ok(None) => Err(ClusterError::NoProfile(vec![own, admin.to_owned()])),
        // The admin's, and this is somebody else.
        Err(error) if is_denied(&error) => Err(ClusterError::NoProfile(vec![own])),
        Err(error) => Err(error.into()),
    }
}

fn is_denied(error: &ProfileError) -> bool {
    let mut cause: Option<&dyn std::error::Error> = match error {
        ProfileError::Identity(error) => Some(error),
        error => Some(error),
    };
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.kind() == std::io::ErrorKind::PermissionDenied;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    #[test]
    fn the_first_profile_that_is_there_is_taken() {
        let lab = Lab::new();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::below(folder.path());
        let admin = folder.path().join("admin");
        let nothing = |_: &str| None;
        let look_for = |variable: Variable<'_>| look(&home, variable, &admin);
        let error = look_for(&nothing).unwrap_err();
        assert!(matches!(&error, ClusterError::NoProfile(folders) if folders.len() == 2));
        assert_eq!(error.exit_code(), 3);
        assert!(error.help().unwrap().contains("bubbles login TOKEN"));

        lab.profile(&["127.0.0.1:1"]).save(&admin).unwrap();
        assert_eq!(look_for(&nothing).unwrap().0, admin);
        let own = home.state.join("cluster");
        lab.profile(&["127.0.0.1:2"]).save(&own).unwrap();
        assert_eq!(look_for(&nothing).unwrap().0, own);

        let named = folder.path().join("named");
        let variable = |name: &str| (name == VARIABLE).then(|| named.clone().into_os_string());
        assert!(matches!(
            look_for(&variable),
            Err(ClusterError::NoProfile(_))
        ));
        lab.profile(&["127.0.0.1:3"]).save(&named).unwrap();
        assert_eq!(look_for(&variable).unwrap().0, named);
    }
}
