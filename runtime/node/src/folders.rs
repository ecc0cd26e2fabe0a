//! The folders of a node, tried before anything starts.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

use anyhow::Context as _;

use crate::settings::Settings;

/// Makes the folders of data and of scratch where they are not there, and tries to write to them.
///
/// # Errors
/// Names the first that cannot be written, and the setting that names another one.
pub(crate) fn prepare(settings: &Settings) -> anyhow::Result<()> {
    let folders = [("data", &settings.data), ("scratch", &settings.scratch)];
    for (flag, folder) in folders {
        make(folder)
            .and_then(|()| tempfile::tempfile_in(folder).map(drop))
            .with_context(|| {
                format!(
                    "cannot write to the folder {} (another one by --{flag})",
                    folder.display()
                )
            })?;
    }
    Ok(())
}

/// For its owner alone: there are keys in it, and other people's data.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
