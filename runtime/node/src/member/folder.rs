//! The data folder of a node: who it is, and where the rest of it keeps its things.
//!
//! | in it | |
//! |---|---|
//! | `node` | id and name; written last, so that a node that has it is whole |
//! | `identity.pem`, `authority.pem` | its certificate, and the authority's, with their keys |
//! | `addresses` | where nodes were last reached |
//! | `log.redb` | the replicated log |
//! | `plugins`, `state` | plugins, what jobs leave |
//! | `scratch`, `cache` | chunks, compiled plugins: unless they are elsewhere |
//! | `admin` | a profile for the command line, on the node that made the cluster |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bubbles_pipeline::NodeId;
use bubbles_transport::{Authority, Identity, PeerName};
use tempfile::NamedTempFile;

use super::MemberError;

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct DataFolder {
    root: PathBuf,
}

/// Who a node is.
pub(super) struct Membership {
    pub(super) id: NodeId,
    pub(super) name: PeerName,
    pub(super) identity: Identity,
    pub(super) authority: Authority,
    /// Where nodes are reached, as far as it was known.
    pub(super) addresses: Vec<String>,
}

impl DataFolder {
    /// Opens it, making it if need be.
    pub(super) fn open(root: &Path) -> Result<Self, MemberError> {
        let folder = Self {
            root: root.to_owned(),
        };
        fs::create_dir_all(root).map_err(|source| folder.error(source))?;
        restrict(root).map_err(|source| folder.error(source))?;
        Ok(folder)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Who the node is, if it is somebody.
    pub(super) fn membership(&self) -> Result<Option<Membership>, MemberError> {
        let text = match fs::read_to_string(self.part("node")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.error(source)),
        };
        let broken = || MemberError::Broken {
            path: self.part("node"),
        };
        let (id, name) = text.trim().split_once(' ').ok_or_else(broken)?;
        let identity = Identity::load(&self.root).map_err(MemberError::identity)?;
        let authority = Authority::load(&self.root).map_err(MemberError::identity)?;
        let addresses = fs::read_to_string(self.part("addresses")).unwrap_or_default();
        Ok(Some(Membership {
            id: NodeId(id.parse().map_err(|_| broken())?),
            name: name.parse().map_err(|_| broken())?,
            identity,
            authority,
            addresses: addresses.lines().map(str::to_owned).collect(),
        }))
    }

    /// Keeps who the node is from now on.
    pub(super) fn keep(&self, membership: &Membership) -> Result<(), MemberError> {
        let saved = |error: bubbles_transport::SaveError| MemberError::Identity(error.to_string());
        membership.identity.save(&self.root).map_err(saved)?;
        membership.authority.save(&self.root).map_err(saved)?;
        self.keep_addresses(&membership.addresses)?;
        let line = format!("{} {}\n", membership.id.0, membership.name);
        self.write("node", &line)
    }

    /// Keeps where nodes are reached.
    pub(super) fn keep_addresses(&self, addresses: &[String]) -> Result<(), MemberError> {
        self.write("addresses", &addresses.join("\n"))
    }

    /// How long ago its certificate was made; nothing where the system does not say.
    pub(super) fn identity_age(&self) -> Duration {
        let made = fs::metadata(self.part("identity.pem")).and_then(|file| file.modified());
        let age = made.ok().and_then(|made| made.elapsed().ok());
        age.unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), MemberError> {
        let write = || {
            let mut file = NamedTempFile::new_in(&self.root)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(self.part(name))?;
            fs::File::open(&self.root)?.sync_all()
        };
        write().map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> MemberError {
        MemberError::Folder {
            folder: self.root.clone(),
            source,
        }
    }
}

/// Keys lie in it: nobody else is to look.
#[cfg(unix)]
fn restrict(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_folder: &Path) -> io::Result<()> {
    Ok(())
}
