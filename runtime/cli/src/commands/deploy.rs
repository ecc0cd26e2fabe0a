//! `bubbles deploy`: a plugin into a cluster's catalogue.

use std::path::{Path, PathBuf};

use bubbles::{Options, PluginStatus, Talk};

use super::plugins;
use crate::interrupt::Interrupts;
use crate::output::{self, Format};
use crate::{cluster, escape, units};

/// Puts a plugin on the cluster, for pipelines to name it.
///
/// It is checked here first, as `bubbles inspect` does.
#[derive(Debug, clap::Args)]
pub(crate) struct Deploy {
    /// A .wasm file, or a plugin's folder, which is built.
    plugin: PathBuf,
    /// What pipelines call it [default: as the file or the folder].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its version, such as 1.2.0 [default: one above the last].
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// How it is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Deploy {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let cluster = cluster::open()?;
        let options = Options {
            talk: Talk::Stderr,
            ..Options::default()
        };
        let component = bubbles::component(&self.plugin, &options);
        interrupts.check()?;
        let component = component?;
        interrupts.end_at_once();
        let name = self.name.unwrap_or_else(|| default_name(&self.plugin));
        let plugin = cluster.deploy(component, &name, self.version.as_deref())?;
        match self.output {
            Format::Table => output::print(&text(&plugin))?,
            Format::Json => output::print_json(&plugins::document(&plugin))?,
        }
        Ok(0)
    }
}

fn text(plugin: &PluginStatus) -> String {
    let held = match plugin.held_by.as_slice() {
        [] => String::new(),
        nodes => format!(", on {}", nodes.join(", ")),
    };
    let text = format!(
        "deployed {}@{}: {}{held}",
        plugin.name,
        plugin.version,
        units::bytes(plugin.size_bytes)
    );
    format!("{}\n", escape::line(&text))
}

/// `late` for `plugins/late.wasm` and for the folder `plugins/late`.
fn default_name(plugin: &Path) -> String {
    let whole = plugin.canonicalize().unwrap_or_else(|_| plugin.to_owned());
    let name = match whole.is_dir() {
        true => whole.file_name(),
        false => whole.file_stem(),
    };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_called_as_its_file_or_folder() {
        let folder = tempfile::tempdir().unwrap();
        let late = folder.path().join("late.v2");
        std::fs::create_dir(&late).unwrap();
        assert_eq!(default_name(&late), "late.v2");
        assert_eq!(default_name(&late.join("..").join("late.v2")), "late.v2");
        let file = late.join("join.wasm");
        std::fs::write(&file, "").unwrap();
        assert_eq!(default_name(&file), "join");
    }

    #[test]
    fn what_was_deployed_is_told() {
        let plugin = plugins::tests::plugin();
        assert_eq!(text(&plugin), "deployed late@1.2.0: 213.4 KB, on n1, n2\n");
    }
}
