//! What `tests/fuzz` reaches of this crate, and nobody else.

use crate::load;
use crate::{LoadError, componentize};

/// All that is done with a plugin's bytes before the compiler sees them.
pub fn inspect(wasm: &[u8]) -> Result<(), LoadError> {
    load::validate(&componentize(wasm)?)
}

/// A core module with the types of what it exports in it.
pub fn typed(module: &[u8]) -> Result<Vec<u8>, LoadError> {
    load::typed(module)
}
