//! What a task may reach: parsed once, asked at every access.

use std::path::{Component, Path, PathBuf};

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
    /// Reads a path or URL. Paths are taken relative to `base`; `.` and `..` are resolved as
    /// written, so that what follows compares names, and opens them without leaving a grant.
    pub(crate) fn parse(base: &Path, text: &str) -> Result<Self, GrantError> {
        let wrong = |reason: &str| GrantError::Location {
            grant: text.to_owned(),
            reason: reason.to_owned(),
        };
        if text.is_empty() || text.contains('\0') {
            return Err(wrong("a path is not empty and has no zero bytes"));
        }
        let path = match text.split_once("://") {
            None => text,
            Some(("file", path)) if path.starts_with('/') => path,
            Some(("file", _)) => return Err(wrong("a file URL has three slashes")),
            Some((scheme, _)) if SCHEMES.contains(&scheme) => {
                return url(text).map(Self::Url).map_err(|reason| wrong(&reason));
            }
            Some(_) => {
                return Err(wrong("known schemes are file, s3, gs, az, http and https"));
            }
        };
        Ok(Self::Path(resolve(base, Path::new(path))))
    }

    /// Whether this, granted, gives `other` too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(granted), Self::Path(path)) => path.starts_with(granted),
            (Self::Url(granted), Self::Url(url)) => {
                let same_store = granted.scheme() == url.scheme()
                    && granted.host_str() == url.host_str()
                    && granted.port_or_known_default() == url.port_or_known_default();
                let prefix = granted.path().trim_end_matches('/');
                let rest = url.path().strip_prefix(prefix);
                // `s3://b/part` does not give `s3://b/partner`, and `s3://b/part/` not `s3://b/part`.
                same_store
                    && rest.is_some_and(|rest| {
                        rest.starts_with('/')
                            || (rest.is_empty() && !granted.path().ends_with('/'))
                            || prefix.is_empty()
                    })
            }
            _ => false,
        }
    }
}

/// Schemes of object stores.
const SCHEMES: [&str; 5] = ["s3", "gs", "az", "http", "https"];

fn url(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no bucket or host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials come from the environment, not from the URL".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("objects have no `?` or `#`".to_owned());
    }
    // What a store would decode must not become another folder.
    let path = url.path().to_ascii_lowercase();
    if path.contains("%2f") || path.contains("%2e") || path.contains("%5c") {
        return Err("`/` and `.` are written as they are".to_owned());
    }
    Ok(url)
}

/// The absolute path without `.` and `..`.
fn resolve(base: &Path, path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

impl HostPort {
    fn parse(grant: &str) -> Result<Self, GrantError> {
        let wrong = || GrantError::HostPort {
            grant: grant.to_owned(),
        };
        let (host, port) = grant.rsplit_once(':').ok_or_else(wrong)?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(wrong)?;
        if host.is_empty() || host.contains(['/', '*', ' ', '@']) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Location {
        Location::parse(Path::new("/work/job"), text).unwrap()
    }

    #[test]
    fn a_grant_gives_what_lies_below_it_and_nothing_beside_it() {
        let covers = |grant: &str, other: &str| place(grant).covers(&place(other));
        assert!(covers("data/", "data/a.csv"));
        assert!(covers("data", "./data/x/../a.csv"));
        assert!(covers("data/a.csv", "data/a.csv"));
        assert!(covers("data/", "/work/job/data/a.csv"));
        assert!(!covers("data/", "data/../secret"));
        assert!(!covers("data/", "../data/a.csv"));
        assert!(!covers("data/", "database/a.csv"));
        assert!(!covers("data/", "/etc/passwd"));
        assert!(covers("../data/", "../data/a.csv"));
        assert!(covers("/", "/etc/passwd"));
        assert!(covers("file:///work/job/data/", "data/a.csv"));
    }

    #[test]
    fn urls_are_compared_by_store_and_folder() {
        let covers = |grant: &str, other: &str| place(grant).covers(&place(other));
        assert!(covers("s3://bucket/a/", "s3://bucket/a/b.csv"));
        assert!(covers("s3://bucket/", "s3://bucket/b.csv"));
        assert!(covers("s3://bucket", "s3://bucket/b.csv"));
        assert!(covers("https://host/a", "https://host:443/a"));
        assert!(!covers("s3://bucket/a", "s3://bucket/ab"));
        assert!(!covers("s3://bucket/a/", "s3://bucket/a/../b"));
        assert!(!covers("s3://bucket/a/", "s3://other/a/b"));
        assert!(!covers("s3://bucket/a/", "gs://bucket/a/b"));
        assert!(!covers("https://host/", "https://host:8443/a"));
        assert!(!covers("data/", "s3://bucket/data/a"));
    }

    #[test]
    fn what_cannot_be_granted_is_named() {
        let refusal = |text: &str| {
            Location::parse(Path::new("/"), text)
                .unwrap_err()
                .to_string()
        };
        assert!(refusal("ftp://host/a").contains("known schemes"));
        assert!(refusal("s3://user:secret@bucket/a").contains("credentials"));
        assert!(refusal("https://host/a%2f..%2fb").contains("as they are"));
        assert!(refusal("").contains("not empty"));
        for wrong in [
            "example.com",
            "example.com:0",
            ":443",
            "http://example.com:80",
            "*:1",
        ] {
            assert!(HostPort::parse(wrong).is_err(), "{wrong}");
        }
        let parsed = HostPort::parse("[::1]:80").unwrap();
        assert_eq!((&*parsed.host, parsed.port), ("::1", 80));
    }
}
