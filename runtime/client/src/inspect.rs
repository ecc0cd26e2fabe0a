//! What a plugin offers, told by itself in a sandbox.

use std::borrow::Cow;
use std::path::Path;

use bubbles_node::{InspectError as NodeInspectError, NodeError, PluginInfo, componentize};

use crate::interpreter::Interpreter;
use crate::plugin::{self, PluginFileError};
use crate::{Home, HomeError, Options};

/// Why a plugin could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// There is no such plugin.
    #[error("no plugin {0:?}: neither a file nor a folder, and built in are {built_in}, python and javascript",
        built_in = bubbles_plugins::names().join(", "))]
    Unknown(String),
    /// Its file cannot be read, or its folder not be built.
    #[error(transparent)]
    File(#[from] PluginFileError),
    /// It is no plugin.
    #[error("{plugin} is no plugin: {source}")]
    Load {
        /// As it was asked for.
        plugin: String,
        /// What is wrong with it.
        source: NodeInspectError,
    },
    /// There is no place to keep things.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The node does not start.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl InspectError {
    /// The exit code of a program that ends with it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(PluginFileError::Build(error)) if error.is_environment() => 3,
            Self::File(PluginFileError::NotInstalled { .. }) => 3,
            Self::Unknown(_) | Self::File(_) | Self::Load { .. } => 2,
            Self::Home(_) | Self::Node(_) => 3,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::File(error) => error.help(),
            Self::Home(error) => Some(error.help()),
            _ => None,
        }
    }
}

/// Asks a plugin what it offers: the name of a built-in or of an interpreter, a `.wasm` file, or a
/// plugin's folder or source, which is built first.
///
/// # Errors
/// If there is no such plugin, or what is there is none.
pub fn inspect(plugin: &str, options: &Options) -> Result<PluginInfo, InspectError> {
    let home = options.home()?;
    let path = Path::new(plugin);
    let wasm = match bubbles_plugins::builtin(plugin) {
        Some(wasm) => Cow::Borrowed(wasm),
        None if let Some(interpreter) = Interpreter::named(plugin) => {
            Cow::Owned(plugin::interpreter_wasm(interpreter)?)
        }
        None if path.exists() => Cow::Owned(plugin::read(path, &home.cache, options.talk)?),
        None => return Err(InspectError::Unknown(plugin.to_owned())),
    };
    look(&wasm, plugin, home, options)
}

/// The plugin of a `.wasm` file or of a folder, which is built first, as a component. What it offers
/// is for those to ask who run it: that takes a compiler.
///
/// # Errors
/// If there is nothing, or what is there cannot be made a component.
pub fn component(path: &Path, options: &Options) -> Result<Vec<u8>, InspectError> {
    let home = options.home()?;
    let wasm = plugin::read(path, &home.cache, options.talk)?;
    match componentize(&wasm) {
        Ok(Cow::Owned(component)) => Ok(component),
        Ok(Cow::Borrowed(_)) => Ok(wasm),
        Err(error) => Err(InspectError::Load {
            plugin: path.to_string_lossy().into_owned(),
            source: NodeInspectError::Load(error),
        }),
    }
}

fn look(
    wasm: &[u8],
    plugin: &str,
    home: Home,
    options: &Options,
) -> Result<PluginInfo, InspectError> {
    let node = options.node(home)?;
    node.inspect(wasm).map_err(|source| InspectError::Load {
        plugin: plugin.to_owned(),
        source,
    })
}
