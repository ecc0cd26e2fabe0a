//! `bubbles plugins`: what pipelines may name.

use bubbles::PluginStatus;
use comfy_table::CellAlignment;
use serde_json::{Value, json};

use crate::cluster;
use crate::output::{self, Format};
use crate::report_table::{cell, table};
use crate::units;

/// So much of a digest tells plugins apart for people.
const DIGEST_DIGITS: usize = 12;

/// Lists the plugins that were deployed to the cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct Plugins {
    /// How they are written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Plugins {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let plugins = cluster::open()?.plugins()?;
        match self.output {
            Format::Table if plugins.is_empty() => {
                output::say("nothing is deployed yet: bubbles deploy FILE");
            }
            Format::Table => output::print(&text(&plugins))?,
            Format::Json => {
                let plugins: Vec<Value> = plugins.iter().map(document).collect();
                output::print_json(&plugins)?;
            }
        }
        Ok(0)
    }
}

fn text(plugins: &[PluginStatus]) -> String {
    let mut table = table();
    table.set_header(["plugin", "version", "size", "digest", "deployed to"]);
    for plugin in plugins {
        table.add_row([
            cell(&plugin.name),
            cell(&plugin.version),
            cell(&units::bytes(plugin.size_bytes)),
            cell(&hex(&plugin.digest)[..DIGEST_DIGITS]),
            cell(&plugin.held_by.join(", ")),
        ]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// A plugin as JSON.
pub(super) fn document(plugin: &PluginStatus) -> Value {
    json!({
        "name": plugin.name,
        "version": plugin.version,
        "digest": hex(&plugin.digest),
        "size_bytes": plugin.size_bytes,
        "held_by": plugin.held_by,
    })
}

fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::commands) fn plugin() -> PluginStatus {
        PluginStatus {
            name: "late".to_owned(),
            version: "1.2.0".to_owned(),
            digest: [0xab; 32],
            size_bytes: 213_400,
            held_by: vec!["n1".to_owned(), "n2".to_owned()],
        }
    }

    #[test]
    fn each_plugin_has_a_line() {
        let text = text(&[plugin()]);
        for part in ["late", "1.2.0", "213.4 KB", " abababababab ", "n1, n2"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
    }

    #[test]
    fn the_document_has_all_of_it() {
        let document = document(&plugin());
        assert_eq!(document["digest"], "ab".repeat(32));
        assert_eq!(document["size_bytes"], 213_400);
        assert_eq!(document["held_by"][1], "n2");
    }
}
