//! Our own answer to the older WASI, for modules that call it in the middle of `cabi_realloc`.

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What it does, and why.
const TEXT: &str = include_str!("preview1.wat");
const WIT: &str = include_str!("preview1.wit");

/// A module that imports these asks for this adapter: they are to be called around `cabi_realloc`.
pub(super) const REALLOC_BEGINS: &str = "bubbles_realloc_begins";
pub(super) const REALLOC_ENDS: &str = "bubbles_realloc_ends";

/// The adapter, with its types.
///
/// # Errors
/// Only if its own text is wrong.
pub(super) fn adapter() -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(TEXT)?;
    let mut resolve = Resolve::default();
    let package = resolve.push_source("preview1.wit", WIT)?;
    let world = resolve.select_world(&[package], Some("adapter"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    Ok(module)
}
