//! Core modules made into components.

mod outline;
mod plain;
mod preview1;
mod rewrite;

use std::borrow::Cow;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::LoadError;
use super::inspect::{Form, form};
use crate::description::Kind;
use outline::Outline;

/// The contract.
const WIT: &str = include_str!("../../../../sdk/wit/bubbles.wit");

/// Version of the contract's package.
pub(super) const VERSION: &str = "0.1.0";

/// Module name of the older WASI, answered by an adapter.
const PREVIEW1: &str =
    wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;

/// Makes a core module into a component; a component is returned as it is.
///
/// The module comes from a bindings generator (which leaves the types in it), or exports the
/// canonical names by hand, such as `bubbles:etl/transform@0.1.0#process`, or the plain ones that
/// stand for them, such as `transform_process`. Where it imports `wasi_snapshot_preview1`, that is
/// adapted to WASI 0.2; `sdk/core/README.md` says how.
///
/// # Errors
/// [`LoadError`] where the bytes are neither, or the module lacks what a plugin needs.
pub fn componentize(wasm: &[u8]) -> Result<Cow<'_, [u8]>, LoadError> {
    match form(wasm)? {
        Form::Component => Ok(Cow::Borrowed(wasm)),
        Form::Module => encode(wasm).map(Cow::Owned),
    }
}

fn encode(module: &[u8]) -> Result<Vec<u8>, LoadError> {
    let outline = Outline::read(module)?;
    if outline.is_program {
        return Err(LoadError::Componentize(
            "it is a program (it exports `_start`); build it as a library or reactor".to_owned(),
        ));
    }
    let failed = |error: anyhow::Error| LoadError::Componentize(format!("{error:#}"));
    let mut typed = Cow::Borrowed(module);
    if outline.has_plain_names || outline.guard.is_some() {
        typed = Cow::Owned(rewrite::rewrite(module, outline.guard).map_err(failed)?);
    }
    if !outline.has_types {
        add_types(typed.to_mut(), &outline)?;
    }
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(&typed)
        .map_err(failed)?;
    if outline.guard.is_some() {
        let adapter = preview1::adapter().map_err(failed)?;
        encoder = encoder.adapter(PREVIEW1, &adapter).map_err(failed)?;
    } else if outline.imports_preview1 {
        let adapter =
            wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
        encoder = encoder.adapter(PREVIEW1, adapter).map_err(failed)?;
    }
    encoder.encode().map_err(failed)
}

/// The module with its types in it, as a bindings generator would leave them.
pub(crate) fn typed(module: &[u8]) -> Result<Vec<u8>, LoadError> {
    let mut typed = module.to_vec();
    add_types(&mut typed, &Outline::read(module)?)?;
    Ok(typed)
}

/// Embeds the types of a world that exports what the module exports.
fn add_types(module: &mut Vec<u8>, outline: &Outline) -> Result<(), LoadError> {
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| outline.exports(*kind))
        .collect();
    if kinds.is_empty() || !outline.exports_interface("plugin") {
        return Err(LoadError::Componentize(format!(
            "it has no component types and exports {}; a plugin exports the functions of \
             `bubbles:etl/plugin@{VERSION}` and of `extract`, `transform` or `load`, such as \
             `bubbles:etl/transform@{VERSION}#process` or `transform_process`",
            outline.list_exports()
        )));
    }
    let broken = |error: anyhow::Error| LoadError::Componentize(format!("{error:#}"));
    let mut resolve = Resolve::default();
    resolve.push_source("bubbles.wit", WIT).map_err(broken)?;
    let world = resolve
        .push_source("module.wit", &world(&kinds))
        .map_err(broken)?;
    let world = resolve
        .select_world(&[world], Some("module"))
        .map_err(broken)?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8).map_err(broken)
}

/// A world for these kinds. What it imports and the module does not use falls away.
fn world(kinds: &[Kind]) -> String {
    use std::fmt::Write as _;
    let mut wit = "package bubbles:componentize;\nworld module {\n".to_owned();
    for import in ["log", "output", "rejects", "objects"] {
        writeln!(wit, "import bubbles:etl/{import}@{VERSION};").expect("a string takes it");
    }
    writeln!(wit, "export bubbles:etl/plugin@{VERSION};").expect("a string takes it");
    for kind in kinds {
        writeln!(wit, "export bubbles:etl/{kind}@{VERSION};").expect("a string takes it");
    }
    wit.push('}');
    wit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(wat: &str) -> String {
        componentize(&wat::parse_str(wat).unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_a_module_lacks_is_named() {
        assert!(failure("(module)").contains("exports nothing"));
        assert!(failure(r#"(module (func (export "run")))"#).contains("exports `run`"));
        assert!(failure(r#"(module (func (export "_start")))"#).contains("it is a program"));
    }

    #[test]
    fn a_module_by_hand_with_plain_names_becomes_a_component() {
        let module = wat::parse_str(include_str!("../../../../sdk/core/plugin.wat")).unwrap();
        let component = componentize(&module).unwrap();
        assert!(matches!(form(&component), Ok(Form::Component)));
    }

    #[test]
    fn a_module_that_asks_for_it_has_its_realloc_guarded() {
        let module = format!(
            r#"(module
                (import "{PREVIEW1}" "{}" (func $begins))
                (import "{PREVIEW1}" "{}" (func $ends))
                (import "{PREVIEW1}" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
                (func (export "plugin_describe") (result i32) (i32.const 0))
                (func (export "transform_open")
                    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "transform_process") (param i32 i32 i32) (result i32) (i32.const 0))
                (func (export "transform_finish") (result i32) (call $begins) (i32.const 0)))"#,
            preview1::REALLOC_BEGINS,
            preview1::REALLOC_ENDS,
        );
        let module = wat::parse_str(module).unwrap();
        let guard = Outline::read(&module).unwrap().guard.unwrap();
        assert_eq!((guard.begins, guard.ends, guard.realloc), (0, 1, 3));
        assert_eq!(guard.functions, 8);
        componentize(&module).unwrap();
    }

    #[test]
    fn a_component_stays_as_it_is() {
        let component = wat::parse_str("(component)").unwrap();
        assert!(matches!(componentize(&component), Ok(Cow::Borrowed(same)) if same == component));
    }
}
