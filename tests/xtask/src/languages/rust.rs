//! Builds a case in Rust: an example of the crate in `tests/languages`, beside the built-in plugins and
//! from the same libraries.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{Place, limit};
use crate::guests;

/// All libraries, the first time.
const LIMIT: Duration = Duration::from_secs(600);

/// The plugin, or the log of the build that failed.
pub(super) fn build(place: &Place<'_>, case: &str) -> Result<Result<PathBuf, String>> {
    let words = "build --locked --quiet --profile plugin --target wasm32-wasip2";
    let mut cargo = guests::cargo(
        place.project,
        &format!("{words} --package language-cases --example {case}"),
    );
    let log = place.make("plugins")?.join(format!("{case}-rs.log"));
    let ended = limit::run(&mut cargo, &log, LIMIT)?;
    if ended.code != Some(0) {
        return Ok(Err(ended.log));
    }
    let examples = guests::folder(place.project).join("wasm32-wasip2/plugin/examples");
    Ok(Ok(examples.join(format!("{}.wasm", case.replace('-', "_")))))
}
