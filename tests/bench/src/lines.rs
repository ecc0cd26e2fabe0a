//! Whether two folders of json lines hold the same rows, in whatever order and files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The rows of a folder, told by their number and a sum over them that no order changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// How many there are.
    pub(crate) count: u64,
    sum: u64,
}

impl Rows {
    /// Reads all files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut rows = Self { count: 0, sum: 0 };
        let files = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
        for file in files {
            for line in BufReader::new(File::open(file?.path())?).lines() {
                rows.count += 1;
                rows.sum = rows.sum.wrapping_add(hash_of(&line?)?);
            }
        }
        Ok(rows)
    }
}

/// The same for rows that say the same: the order of fields and absent nulls do not matter.
fn hash_of(line: &str) -> Result<u64> {
    let row: BTreeMap<String, Value> =
        serde_json::from_str(line).with_context(|| format!("not a row: {line}"))?;
    let mut hasher = DefaultHasher::new();
    for (name, value) in row.into_iter().filter(|(_, value)| !value.is_null()) {
        (name, value.to_string()).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::hash_of;

    #[test]
    fn order_and_absent_nulls_do_not_matter() {
        let row = hash_of(r#"{"a":1,"b":"x"}"#).unwrap();
        assert_eq!(row, hash_of(r#"{"b":"x","a":1,"c":null}"#).unwrap());
        assert_ne!(row, hash_of(r#"{"a":"x","b":1}"#).unwrap());
    }
}
