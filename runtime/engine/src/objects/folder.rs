//! Ways into a granted folder that do not lead out of it.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::error::failed;
use crate::contract::ObjectError;

/// What a grant is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Nothing granted gives `url`.
pub(super) fn denied(url: &str, access: Access) -> ObjectError {
    let (verb, key) = match access {
        Access::Read => ("read", "read"),
        Access::Write => ("written", "write"),
    };
    ObjectError::Denied(format!(
        "`{url}` may not be {verb}: no grant of this task covers it; add it to `{key} = [...]`"
    ))
}

/// A folder, opened, and a name in it or path below it.
pub(super) struct Entrance<'a> {
    pub(super) folder: Dir,
    pub(super) below: &'a Path,
}

/// Enters what `root` grants, to get at `path`, which it covers. From there on no symlink leads
/// out. The grant itself may be a symlink: whoever granted it meant where it leads.
pub(super) fn enter<'a>(root: &Path, path: &'a Path) -> io::Result<Entrance<'a>> {
    let below = path
        .strip_prefix(root)
        .expect("a grant covers by its beginning");
    if !below.as_os_str().is_empty() {
        let folder = Dir::open_ambient_dir(root, ambient_authority())?;
        return Ok(Entrance { folder, below });
    }
    // The grant names the file itself: only its name is used, in the folder it is in.
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::IsADirectory.into());
    };
    let folder = Dir::open_ambient_dir(parent, ambient_authority())?;
    Ok(Entrance {
        folder,
        below: Path::new(name),
    })
}

/// Opens the folder that `path` is to be written in; makes it first if `make`. Gives it with the
/// last part of the path.
pub(super) fn enter_parent<'a>(
    root: &Path,
    path: &'a Path,
    make: bool,
) -> io::Result<(Dir, &'a OsStr)> {
    if make {
        let outermost = if path == root {
            path.parent()
        } else {
            Some(root)
        };
        if let Some(outermost) = outermost {
            std::fs::create_dir_all(outermost)?;
        }
    }
    let Entrance { folder, below } = enter(root, path)?;
    let name = below.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    match below.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            let opened = match folder.open_dir(parent) {
                Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
                    folder.create_dir_all(parent)?;
                    folder.open_dir(parent)
                }
                opened => opened,
            };
            Ok((opened?, name))
        }
        _ => Ok((folder, name)),
    }
}

/// Removes a visible file. That it is not there is as good.
pub(super) fn remove(root: &Path, path: &Path, url: &str) -> Result<(), ObjectError> {
    let removed = enter_parent(root, path, false).and_then(|(folder, name)| {
        folder.remove_file(name)?;
        sync(&folder)
    });
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", url, &error)),
        _ => Ok(()),
    }
}

/// Makes what was created, renamed or removed in a folder last.
pub(super) fn sync(folder: &Dir) -> io::Result<()> {
    folder.open(".")?.sync_all()
}
