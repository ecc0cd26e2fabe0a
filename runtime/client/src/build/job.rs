//! What a compiler other than cargo is given.

use std::path::Path;

use super::{Source, Talk};

/// One plugin to compile.
pub(super) struct Job<'a> {
    pub(super) source: &'a Source,
    /// The folder with the SDK, one folder a language.
    pub(super) sdk: &'a Path,
    /// A folder for what lies between source and plugin; removed afterwards.
    pub(super) work: &'a Path,
    /// Where the plugin goes.
    pub(super) out: &'a Path,
    pub(super) talk: Talk,
}
