//! Local files that match a pattern.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use cap_std::fs::{Dir, Metadata, MetadataExt as _};

use super::Found;
use super::error::{failed, unusable};
use super::folder::{Entrance, enter};
use super::glob::{self, Glob, is_hidden, matches_name};
use super::staged::is_staged_name;
use crate::contract::ObjectError;
use crate::grants::Location;

/// Most objects that one call finds, and names that it looks at: what the host holds for it.
pub(super) const MAX_FOUND: usize = 100_000;
const MAX_SEEN: usize = 1_000_000;

/// Folders within folders that `**` goes down: deeper ones are a mistake, or made to harm.
const MAX_DEPTH: usize = 64;

/// The place where a pattern begins, and what comes after.
pub(super) fn split(base: &Path, pattern: &str) -> Result<(Location, Glob), ObjectError> {
    let (folder, rest) = glob::split(pattern);
    let place = if folder.is_empty() { "." } else { folder };
    let place = Location::parse(base, place).map_err(|error| unusable(pattern, &error))?;
    Ok((place, Glob::new(rest)))
}

/// All files below `root` that match.
pub(super) fn find_local(
    root: &Path,
    path: &Path,
    pattern: &str,
    glob: &Glob,
) -> Result<Vec<Found>, ObjectError> {
    let mut search = Search {
        found: Vec::new(),
        seen: 0,
    };
    let searched = if glob.parts().is_empty() {
        enter(root, path).and_then(|Entrance { folder, below }| {
            let metadata = folder.metadata(below)?;
            search.note(pattern.to_owned(), &metadata)
        })
    } else {
        let (prefix, _) = glob::split(pattern);
        open_folder(root, path)
            .and_then(|folder| search.walk(&folder, prefix, glob.parts(), MAX_DEPTH))
    };
    match searched {
        Ok(()) => {}
        Err(error) if is_absent(&error) => {}
        Err(error) => return Err(failed("look for", pattern, &error)),
    }
    search.found.sort_unstable_by(|a, b| a.url.cmp(&b.url));
    // `a/**/**/b` comes to the same file on several ways.
    search.found.dedup_by(|a, b| a.url == b.url);
    Ok(search.found)
}

fn open_folder(root: &Path, path: &Path) -> io::Result<Dir> {
    if path == root {
        return Dir::open_ambient_dir(root, cap_std::ambient_authority());
    }
    let Entrance { folder, below } = enter(root, path)?;
    folder.open_dir(below)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

struct Search {
    found: Vec<Found>,
    seen: usize,
}

impl Search {
    /// Looks for `parts` in `folder`, whose URL is `prefix`.
    fn walk(
        &mut self,
        folder: &Dir,
        prefix: &str,
        parts: &[String],
        depth: usize,
    ) -> io::Result<()> {
        let Some((part, after)) = parts.split_first() else {
            return Ok(());
        };
        let everywhere = part == "**";
        if everywhere {
            // `**` at the end is all files; else it also stands for no folder at all.
            let after = if after.is_empty() {
                &["*".to_owned()][..]
            } else {
                after
            };
            self.walk(folder, prefix, after, depth)?;
        }
        for entry in folder.entries()? {
            let entry = entry?;
            self.see()?;
            let name = entry.file_name();
            // A name that is not UTF-8 cannot be told to the guest.
            let Some(name) = name.to_str().filter(|name| !is_staged_name(name)) else {
                continue;
            };
            if everywhere {
                // Real folders only: a link could lead in circles.
                if entry.file_type()?.is_dir() && !is_hidden(name) && depth > 0 {
                    let prefix = format!("{prefix}{name}/");
                    self.walk(&entry.open_dir()?, &prefix, parts, depth - 1)?;
                }
            } else if matches_name(part, name) {
                self.step(folder, prefix, name, after, depth)?;
            }
        }
        Ok(())
    }

    /// Goes on with a name that matched.
    fn step(
        &mut self,
        folder: &Dir,
        prefix: &str,
        name: &str,
        after: &[String],
        depth: usize,
    ) -> io::Result<()> {
        let url = format!("{prefix}{name}");
        let metadata = match folder.metadata(name) {
            Ok(metadata) => metadata,
            // Gone meanwhile, or a link that leads nowhere or out of the grant: not there.
            Err(error) if is_absent(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if after.is_empty() {
            return self.note(url, &metadata);
        }
        if metadata.is_dir() && depth > 0 {
            self.walk(
                &folder.open_dir(name)?,
                &format!("{url}/"),
                after,
                depth - 1,
            )?;
        }
        Ok(())
    }

    fn note(&mut self, url: String, metadata: &Metadata) -> io::Result<()> {
        if !metadata.is_file() {
            return Ok(());
        }
        if self.found.len() == MAX_FOUND {
            return Err(io::Error::other(format!(
                "more than {MAX_FOUND} files match"
            )));
        }
        self.found.push(Found {
            url,
            size: metadata.len(),
            etag: Some(etag(metadata)),
        });
        Ok(())
    }

    fn see(&mut self) -> io::Result<()> {
        self.seen += 1;
        if self.seen > MAX_SEEN {
            return Err(io::Error::other(format!(
                "more than {MAX_SEEN} names in the folders"
            )));
        }
        Ok(())
    }
}

/// Changes when the file does.
fn etag(metadata: &Metadata) -> String {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.into_std().duration_since(SystemTime::UNIX_EPOCH).ok())
        .unwrap_or_default();
    format!(
        "{:x}-{:x}-{:x}",
        metadata.ino(),
        modified.as_nanos(),
        metadata.len()
    )
}
