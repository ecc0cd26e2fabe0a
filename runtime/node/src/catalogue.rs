//! Plugins that are known by name.

use bubbles_pipeline::PluginRef;
use thiserror::Error;

/// The wasm of a named plugin.
pub(crate) fn find(plugin: &PluginRef) -> Result<&'static [u8], UnknownPlugin> {
    let PluginRef::Named { name, version } = plugin else {
        return Err(UnknownPlugin::NotSupplied(plugin.to_string()));
    };
    match bubbles_plugins::builtin(name) {
        None => Err(UnknownPlugin::Name(name.clone())),
        Some(_) if version.is_some() => Err(UnknownPlugin::Versioned { name: name.clone() }),
        Some(wasm) => Ok(wasm),
    }
}

/// A plugin that is not there.
#[derive(Debug, Error)]
pub(crate) enum UnknownPlugin {
    /// Whoever prepared the job did not read it.
    #[error("the plugin file {0} was not read")]
    NotSupplied(String),
    /// A built-in plugin is of the runtime's own version.
    #[error("the built-in plugin \"{name}\" has no versions")]
    Versioned {
        /// The plugin.
        name: String,
    },
    /// No such name.
    #[error("there is no plugin \"{0}\"")]
    Name(String),
}

impl UnknownPlugin {
    /// What would be right.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::NotSupplied(path) => format!("is {path} there, and may it be read?"),
            Self::Versioned { name } => format!("write \"{name}\""),
            Self::Name(name) => format!(
                "built in are {}; python and javascript run a script; a plugin of your own is given by its path, as \"./{name}.wasm\" \
                 or the folder of its sources, as \"./{name}\"; on a cluster (--cluster) a name may \
                 also be one that `bubbles deploy` put there",
                bubbles_plugins::names().join(", ")
            ),
        }
    }
}
