//! Builds a plugin of a case, where it is older than what it is made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::{Language, Place, kit, limit};

/// Zig compiles a C library the first time.
const LIMIT: Duration = Duration::from_secs(300);

/// Folders of the Python package that do not go into its plugin.
const ASIDE: [&str; 3] = ["__pycache__", "client", "plugin"];

/// The plugin, or the log of the build that failed.
///
/// It is kept, as not every compiler gives the same bytes twice, and other bytes are compiled again by
/// the runtime.
pub(super) fn build(
    place: &Place<'_>,
    language: &Language,
    case: &str,
    source: &Path,
) -> Result<Result<PathBuf, String>> {
    let folder = place.make("plugins")?;
    let name = format!("{case}-{}", language.ending.replace('.', "-"));
    let plugin = folder.join(format!("{name}.wasm"));
    let sdk = place.project.root.join("sdk");
    let mut parts = vec![source.to_owned()];
    parts.extend(language.sdk.iter().map(|it| sdk.join(it)));
    parts.extend(language.kit.stamp(place));
    if is_fresh(&plugin, &parts)? {
        return Ok(Ok(plugin));
    }
    let out = folder.join(format!("{name}.new"));
    let mut command = kit::bubbles(place)?;
    command.arg("build").arg(source).arg("--out").arg(&out);
    let ended = limit::run(&mut command, &folder.join(format!("{name}.log")), LIMIT)?;
    if ended.code != Some(0) {
        return Ok(Err(ended.log));
    }
    fs::rename(&out, &plugin)?;
    Ok(Ok(plugin))
}

/// Whether the file is there, and younger than all of these files and folders.
pub(super) fn is_fresh(file: &Path, parts: &[PathBuf]) -> Result<bool> {
    let Ok(built) = fs::metadata(file).and_then(|it| it.modified()) else {
        return Ok(false);
    };
    for part in parts {
        if youngest(part)? >= built {
            return Ok(false);
        }
    }
    Ok(true)
}

fn youngest(path: &Path) -> Result<SystemTime> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.modified()?);
    }
    let mut youngest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !ASIDE.iter().any(|aside| entry.file_name() == *aside) {
            youngest = youngest.max(self::youngest(&entry.path())?);
        }
    }
    Ok(youngest)
}
