//! Places that hold data, by path or URL, and which are within which. Nothing is looked up: `..` is
//! resolved by its letters, links are the engine's business.

use std::path::{Component, Path, PathBuf};

use url::Url;

use crate::suggest::list;

/// Schemes of object stores.
const SCHEMES: [&str; 5] = ["s3", "gs", "az", "http", "https"];
/// Characters that make a pattern of a path.
const GLOB: [char; 2] = ['*', '?'];

/// A place, and all below it where it is a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// Absolute, free of `.` and `..`.
    Path(PathBuf),
    /// Of an object, or of all objects below.
    Url(Url),
}

impl Location {
    /// A grant as written, or what would be right.
    pub(super) fn granted(base: &Path, grant: &str) -> Result<Self, String> {
        if grant.is_empty() {
            return Err("write a file, a folder such as \"data/\", or a URL".to_owned());
        }
        // `?` starts the query of a URL, which no grant has either.
        if let Some(sign) = grant.chars().find(|c| GLOB.contains(c)) {
            let folder = folder_of_pattern(grant);
            let folder = if folder.is_empty() { "./" } else { folder };
            return Err(format!(
                "a grant is a file or a folder with all below it, with no `{sign}`: write \"{folder}\""
            ));
        }
        Self::of(base, grant)
    }

    /// What a configuration wants: of a pattern the folder that it searches.
    pub(super) fn wanted(base: &Path, wanted: &str) -> Result<Self, String> {
        let web = wanted.starts_with("http://") || wanted.starts_with("https://");
        match wanted.split_once('?') {
            Some((before_query, _)) if web => Self::of(base, folder_of_pattern(before_query)),
            _ => Self::of(base, folder_of_pattern(wanted)),
        }
    }

    fn of(base: &Path, text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("a path has no zero byte".to_owned());
        }
        let path = match text.split_once("://") {
            None => text,
            Some(("file", path)) if path.starts_with('/') => path,
            Some(("file", path)) => {
                return Err(format!(
                    "a file URL has three slashes: write \"file:///{path}\""
                ));
            }
            Some((scheme, _)) if SCHEMES.contains(&scheme) => return url(text).map(Self::Url),
            Some((scheme, _)) => {
                let known = list(SCHEMES.into_iter().chain(["file"]));
                return Err(format!(
                    "nothing is reached by `{scheme}`: URLs begin with {known}"
                ));
            }
        };
        Ok(Self::Path(normal(&base.join(path))))
    }

    /// Whether whoever is granted this may reach `wanted`.
    pub(super) fn covers(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Path(grant), Self::Path(wanted)) => wanted.starts_with(grant),
            (Self::Url(grant), Self::Url(wanted)) => {
                let server = |url: &Url| {
                    (
                        url.scheme().to_owned(),
                        url.host_str().map(str::to_owned),
                        url.port(),
                    )
                };
                // At a border only: `s3://bucket/in` covers `s3://bucket/in/x`, not `s3://bucket/inner`.
                let folder = grant.path().trim_end_matches('/');
                let below = wanted.path().strip_prefix(folder);
                let within = below.is_some_and(|below| below.is_empty() || below.starts_with('/'));
                server(grant) == server(wanted) && within
            }
            _ => false,
        }
    }
}

/// All up to the last `/` before the first sign of a pattern; the whole where there is no such sign.
pub(super) fn folder_of_pattern(pattern: &str) -> &str {
    match pattern.find(GLOB) {
        Some(sign) => pattern[..sign]
            .rfind('/')
            .map_or("", |slash| &pattern[..=slash]),
        None => pattern,
    }
}

fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("this is not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "a URL here holds no user or password: the node has the credentials".to_owned(),
        );
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(
            "write a URL with its bucket or host, such as \"s3://bucket/folder/\"".to_owned(),
        );
    }
    // What a store would decode must not become another folder.
    let path = url.path().to_ascii_lowercase();
    if ["%2f", "%2e", "%5c"].iter().any(|code| path.contains(code)) {
        return Err("`/` and `.` in a URL are written as they are".to_owned());
    }
    Ok(url)
}

/// Without `.` and `..`; above the root there is only the root.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(grant: &str, wanted: &str) -> bool {
        let base = Path::new("/home/ann/flights");
        Location::granted(base, grant)
            .unwrap()
            .covers(&Location::wanted(base, wanted).unwrap())
    }

    #[test]
    fn folders_cover_what_is_below() {
        assert!(covers("data/", "data/2013.csv"));
        assert!(covers("data", "data/flights-*.csv"));
        assert!(covers("./data/", "data/a/**/*.csv"));
        assert!(covers("/home/ann/flights/data/", "data/x.csv"));
        assert!(covers(".", "x.csv"));
        assert!(covers("./", "*.csv"));
        assert!(covers("../", "../other/x.csv"));
        assert!(covers("data/", "file:///home/ann/flights/data/x.csv"));
        assert!(covers("out/", "out/"));
        assert!(covers("out/", "out"));
    }

    #[test]
    fn and_nothing_else() {
        assert!(!covers("data/", "database/x.csv"));
        assert!(!covers("data/", "data/../secret.csv"));
        assert!(!covers("data/", "*.csv"));
        assert!(!covers("data/", "/etc/passwd"));
        assert!(!covers("data/x.csv", "data/*.csv"));
        assert!(!covers("data/", "../../../../data/x.csv"));
    }

    #[test]
    fn a_file_covers_itself() {
        assert!(covers("data/x.csv", "data/x.csv"));
        assert!(covers("data/x[1].csv", "data/x[1].csv"));
        assert!(!covers("data/x.csv", "data/x.csv.gz"));
    }

    #[test]
    fn urls() {
        assert!(covers("s3://bucket/in/", "s3://bucket/in/2013/*.parquet"));
        assert!(covers("s3://bucket/in/", "s3://bucket/in/x?.csv"));
        assert!(covers("s3://bucket/in", "s3://bucket/in/x"));
        assert!(covers("s3://bucket", "s3://bucket/x"));
        assert!(covers(
            "https://example.com/data/",
            "https://EXAMPLE.com:443/data/x.csv?v=1"
        ));
        assert!(covers(
            "https://example.com/x.csv",
            "https://example.com/x.csv"
        ));
        assert!(!covers("s3://bucket/in/", "s3://bucket/inner/x"));
        assert!(!covers("s3://bucket/in/", "s3://bucket/in/../out/x"));
        assert!(!covers("s3://bucket/in/", "gs://bucket/in/x"));
        assert!(!covers("https://example.com/", "http://example.com/x"));
        assert!(!covers("s3://bucket/in/", "in/x"));
    }

    #[test]
    fn grants_that_are_none_say_what_would_be() {
        let wrong = |grant: &str| Location::granted(Path::new("/"), grant).unwrap_err();
        assert!(wrong("data/*.csv").contains("\"data/\""));
        assert!(wrong("*.csv").contains("\"./\""));
        assert!(wrong("").contains("\"data/\""));
        assert!(wrong("s3://").contains("bucket"));
        assert!(wrong("ftp://host/x").contains("`s3`, `gs`, `az`, `http`, `https` and `file`"));
        assert!(wrong("file://data/").contains("three slashes"));
        assert!(wrong("https://host/a%2f..%2fb").contains("as they are"));
        assert!(wrong("https://ann:secret@example.com/").contains("credentials"));
    }
}
