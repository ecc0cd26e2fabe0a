//! What a person, or a program, knows of a cluster: who it is there, and where nodes are reached.
//! A folder: `identity.pem`, and `addresses` with one `host:port` on a line.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bubbles_transport::{Identity, LoadError, SaveError};
use thiserror::Error;

/// The file of the addresses.
const ADDRESSES: &str = "addresses";

/// Addresses that are read. Any of them leads to the others.
const ADDRESSES_MAX: usize = 1000;

/// The longest file of addresses: a DNS name has 253 characters.
const ADDRESSES_BYTES: u64 = (ADDRESSES_MAX * 264) as u64;

/// Who one is in a cluster, and where its nodes are reached.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The key and the certificates.
    pub identity: Identity,
    /// Of nodes, as `host:port`; any order, at least one.
    pub addresses: Vec<String>,
}

/// Why a profile is not read or written.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// Its identity cannot be used.
    #[error("{}{}", .0, of_source(.0))]
    Identity(LoadError),
    /// Its identity cannot be written.
    #[error("{}: {}", .0, .0.source)]
    Save(SaveError),
    /// A file or folder of it cannot be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It names no node.
    #[error("`{}` names no node: it has one `host:port` on a line", .0.display())]
    NoAddress(PathBuf),
    /// A line is no address.
    #[error("`{}` has a line that is no `host:port`: {line:?}", path.display())]
    Address {
        /// The file.
        path: PathBuf,
        /// What it says.
        line: String,
    },
}

impl Profile {
    /// Writes it into a folder, which is made, for its owner only. Each of the two files is
    /// replaced at once or not at all.
    ///
    /// # Errors
    /// The folder or a file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), ProfileError> {
        make_folder(folder).map_err(|source| ProfileError::File {
            path: folder.to_owned(),
            source,
        })?;
        self.save_addresses(folder)?;
        // Last: where there is an identity, there are addresses.
        self.identity.save(folder).map_err(ProfileError::Save)
    }

    /// Writes the addresses only, into the folder of a profile.
    ///
    /// # Errors
    /// The file that cannot be written.
    pub fn save_addresses(&self, folder: &Path) -> Result<(), ProfileError> {
        let path = folder.join(ADDRESSES);
        let put = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            for address in &self.addresses {
                writeln!(file, "{address}")?;
            }
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        put().map_err(|source: io::Error| ProfileError::File {
            path: path.clone(),
            source,
        })
    }

    /// Reads what [`Profile::save`] wrote. Nothing, if there never was an identity in this folder.
    ///
    /// # Errors
    /// A file that cannot be read, or that says something else.
    pub fn load(folder: &Path) -> Result<Option<Self>, ProfileError> {
        let identity = match Identity::load(folder) {
            Ok(identity) => identity,
            Err(LoadError::Absent { .. }) => return Ok(None),
            Err(error) => return Err(ProfileError::Identity(error)),
        };
        let path = folder.join(ADDRESSES);
        let text = read(&path).map_err(|source| ProfileError::File {
            path: path.clone(),
            source,
        })?;
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let addresses: Vec<String> = lines.take(ADDRESSES_MAX).map(str::to_owned).collect();
        if addresses.is_empty() {
            return Err(ProfileError::NoAddress(path));
        }
        match addresses.iter().find(|address| !is_address(address)) {
            Some(line) => Err(ProfileError::Address {
                line: line.clone(),
                path,
            }),
            None => Ok(Some(Self {
                identity,
                addresses,
            })),
        }
    }
}

/// What the message of an identity's error leaves to its source.
fn of_source(error: &LoadError) -> String {
    std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > ADDRESSES_BYTES {
        return Err(io::Error::other("the file is too long"));
    }
    fs::read_to_string(path)
}

/// Whether it is `host:port`, with `[…]` around an IPv6 address.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let bare = !host.contains([':', '[', ']', ' ']);
    let bracketed = host.starts_with('[') && host.ends_with(']');
    !host.is_empty() && (bare || bracketed) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use bubbles_transport::{Authority, PrivateKey, Role, Validity};

    use super::*;

    fn profile(addresses: &[&str]) -> Profile {
        let year = Validity::starting(SystemTime::now(), Duration::from_secs(365 * 86_400));
        let authority = Authority::new(PrivateKey::from_seed([1; 32]), year).unwrap();
        let (name, key) = ("ann-1".parse().unwrap(), PrivateKey::from_seed([2; 32]));
        let identity = authority.identity(&name, Role::Admin, year, key).unwrap();
        Profile {
            identity,
            addresses: addresses.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep/admin");
        assert!(Profile::load(&folder).unwrap().is_none());
        let written = profile(&["n1.example:4433", "[::1]:4433", "10.0.0.3:4433"]);
        written.save(&folder).unwrap();
        let read = Profile::load(&folder).unwrap().unwrap();
        assert_eq!(read.addresses, written.addresses);
        assert_eq!(read.identity.peer(), written.identity.peer());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder), 0o700);
            assert_eq!(mode(&folder.join("identity.pem")), 0o600);
        }
    }

    #[test]
    fn what_is_no_profile_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile(&["n1:4433"]);
        profile.identity.save(folder.path()).unwrap();
        let error = |text: Option<&str>| {
            if let Some(text) = text {
                fs::write(folder.path().join(ADDRESSES), text).unwrap();
            }
            Profile::load(folder.path()).unwrap_err()
        };
        assert!(matches!(error(None), ProfileError::File { .. }));
        assert!(matches!(
            error(Some("\n# n1:1\n")),
            ProfileError::NoAddress(_)
        ));
        for line in ["n1", "n1:0", ":1", "::1:4433", "a b:1", "n1:70000"] {
            assert!(
                matches!(error(Some(line)), ProfileError::Address { .. }),
                "{line}"
            );
        }
        fs::write(folder.path().join("identity.pem"), "x").unwrap();
        let error = error(None);
        assert!(
            error.to_string().contains("identity.pem` is damaged: "),
            "{error}"
        );
    }
}
