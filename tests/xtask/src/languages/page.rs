//! The table in `sdk/README.md`, which is what came of the cases.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::shell::Project;

const PAGE: &str = "sdk/README.md";
const BEGIN: &str = "<!-- written by `cargo xtask languages` -->\n";
const END: &str = "<!-- the end of what is written -->\n";

/// Writes the table, where it is another.
pub(super) fn write(project: &Project, table: &str) -> Result<()> {
    let path = project.root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let new = with(&page, table)?;
    if new != page {
        fs::write(&path, new).with_context(|| format!("cannot write {PAGE}"))?;
        eprintln!("the table in {PAGE} is written anew");
    }
    Ok(())
}

/// Fails where the table is another.
pub(super) fn check(project: &Project, table: &str) -> Result<()> {
    let path = project.root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    if with(&page, table)? != page {
        bail!("the table in {PAGE} is not what came of the cases: run `cargo xtask languages`");
    }
    Ok(())
}

/// The page with this table between the marks.
fn with(page: &str, table: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.with_context(|| format!("{PAGE} has no marks for the table"))?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let new = with(&page, "new\n").unwrap_or_default();
        assert_eq!(new, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(with(&new, "new\n").unwrap_or_default(), new);
        assert!(with("no marks\n", "new\n").is_err());
    }
}
