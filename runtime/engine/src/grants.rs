//! What a task may reach: parsed once, asked at every access.

use std::path::{Path, PathBuf};

/// The rights of one instance. The default grants nothing.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The folder that relative paths of the pipeline start from.
    pub base: PathBuf,
    /// Where it may read.
    pub read: Vec<Location>,
    /// Where it may write.
    pub write: Vec<Location>,
    /// Hosts it may connect to.
    pub net: Vec<HostPort>,
    /// Environment variables it sees, with their values.
    pub env: Vec<(String, String)>,
}

/// A file, a folder with all below it, or all objects whose URL starts so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file or folder of this machine, absolute and free of `.` and `..`.
    Path(PathBuf),
    /// An object, or with `/` at the end all objects below.
    Url(url::Url),
}

/// A host and a port that may be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A grant that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Neither a path nor a URL of a scheme that objects are reached by.
    #[error("`{grant}` is not a path or URL that can be granted: {reason}")]
    Location {
        /// As written.
        grant: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not `host:port`.
    #[error("`{grant}` is not `host:port`, such as `example.com:443`")]
    HostPort {
        /// As written.
        grant: String,
    },
}

impl Grants {
    /// Reads the grants of a pipeline. Relative paths start at `base`, which is absolute.
    ///
    /// # Errors
    /// [`GrantError`] names the first grant that cannot be read.
    pub fn parse(
        base: &Path,
        read: &[String],
        write: &[String],
        net: &[String],
        env: &[(String, String)],
    ) -> Result<Self, GrantError> {
        let locations = |grants: &[String]| {
            grants
                .iter()
                .map(|grant| Location::parse(base, grant))
                .collect::<Result<_, _>>()
        };
        Ok(Self {
            base: base.to_path_buf(),
            read: locations(read)?,
            write: locations(write)?,
            net: net
                .iter()
                .map(|grant| HostPort::parse(grant))
                .collect::<Result<_, _>>()?,
            env: env.to_vec(),
        })
    }
}

impl Location {
    fn parse(base: &Path, grant: &str) -> Result<Self, GrantError> {
        Ok(Self::Path(base.join(grant)))
    }
}

impl HostPort {
    fn parse(grant: &str) -> Result<Self, GrantError> {
        let wrong = || GrantError::HostPort {
            grant: grant.to_owned(),
        };
        let (host, port) = grant.rsplit_once(':').ok_or_else(wrong)?;
        Ok(Self {
            host: host.to_owned(),
            port: port.parse().map_err(|_| wrong())?,
        })
    }
}
