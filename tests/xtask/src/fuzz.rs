//! `cargo xtask fuzz`: hostile bytes for everything that reads what comes from outside (`tests/fuzz`).

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Project, run_watched};
use crate::test::Counts;
use crate::toolchain;

/// Of each target. All of them take eight minutes on two processors.
const SECONDS: &str = "60";

/// Runs the corpus, then random inputs for a while: `[--seconds N] [TARGET]`.
pub(crate) fn fuzz(project: &Project, arguments: &[&str]) -> Result<()> {
    let (seconds, target) = match *arguments {
        [] => (SECONDS, None),
        ["--seconds", seconds] => (seconds, None),
        ["--seconds", seconds, target] => (seconds, Some(target)),
        [target] => (SECONDS, Some(target)),
        _ => bail!("`fuzz` takes `--seconds N` and the name of one target"),
    };
    let _: u64 = seconds
        .parse()
        .with_context(|| format!("`{seconds}` is no number of seconds"))?;
    toolchain::ready(project)?;
    // Of the whole workspace, so that what is built for the other tests is used.
    let mut cargo = project.cargo("test --release --locked --workspace --test fuzz -- --nocapture");
    if let Some(target) = target {
        cargo.args(["--exact", target]);
    }
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    cargo.env("BUBBLES_FUZZ_SECONDS", seconds);
    cargo.env("BUBBLES_FUZZ_SEED", seed.to_string());
    let mut counts = Counts::default();
    if let Err(error) = run_watched(&mut cargo, |line| counts.read(line)) {
        tell_of_the_dead(project)?;
        return Err(error);
    }
    match target {
        Some(target) if counts.passed == 0 => {
            bail!("no target is called `{target}`: tests/fuzz/tests/main.rs lists them")
        }
        _ => Ok(()),
    }
}

/// A process that dies keeps nothing itself, but leaves the input that it had in hand.
fn tell_of_the_dead(project: &Project) -> Result<()> {
    for entry in fs::read_dir(project.target.join("tmp"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(target) = name.strip_prefix("fuzz-")
            && entry.metadata()?.len() > 0
        {
            eprintln!(
                "{target} had an input in hand when the process died; to keep it in \
                 tests/fuzz/corpus/{target}/crashes and run it again:\n\
                 cargo xtask fuzz --seconds 0 {target}"
            );
        }
    }
    Ok(())
}
