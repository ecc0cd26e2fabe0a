//! What matters of a core module.

use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

use super::rewrite::{Guard, REALLOC};
use super::{PREVIEW1, VERSION, plain, preview1};
use crate::description::Kind;
use crate::load::LoadError;

/// What matters of a core module.
#[derive(Default)]
pub(super) struct Outline {
    /// As the contract has them, where a plain name stands for one.
    exports: Vec<String>,
    pub(super) has_plain_names: bool,
    pub(super) has_types: bool,
    pub(super) imports_preview1: bool,
    pub(super) is_program: bool,
    /// Set where the module asks that `cabi_realloc` be guarded.
    pub(super) guard: Option<Guard>,
}

/// Functions, by index, on the way to a [`Guard`].
#[derive(Default)]
struct Functions {
    /// Types of all of them, the imported ones first.
    types: Vec<u32>,
    realloc: Option<u32>,
    begins: Option<u32>,
    ends: Option<u32>,
}

impl Outline {
    pub(super) fn read(module: &[u8]) -> Result<Self, LoadError> {
        let mut outline = Self::default();
        let mut functions = Functions::default();
        for payload in Parser::new(0).parse_all(module) {
            outline.note(payload, &mut functions).map_err(|error| {
                LoadError::Invalid(format!("{} (at byte {})", error.message(), error.offset()))
            })?;
        }
        outline.is_program = outline.exports.iter().any(|name| name == "_start");
        outline.guard = functions.guard();
        Ok(outline)
    }

    fn note(
        &mut self,
        payload: wasmparser::Result<Payload<'_>>,
        functions: &mut Functions,
    ) -> wasmparser::Result<()> {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    self.imports_preview1 |= import.module == PREVIEW1;
                    self.has_plain_names |= plain::import(import.module, import.name).is_some();
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ty {
                        functions.note_import(import.module, import.name, ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.types.push(ty?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func && export.name == REALLOC {
                        functions.realloc = Some(export.index);
                    }
                    let canonical = plain::export(export.name);
                    self.has_plain_names |= canonical.is_some();
                    self.exports
                        .push(canonical.unwrap_or_else(|| export.name.to_owned()));
                }
            }
            Payload::CustomSection(section) => {
                self.has_types |= section.name().starts_with("component-type");
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn exports(&self, kind: Kind) -> bool {
        self.exports_interface(kind.as_str())
    }

    pub(super) fn exports_interface(&self, name: &str) -> bool {
        let start = format!("bubbles:etl/{name}@{VERSION}#");
        self.exports.iter().any(|export| export.starts_with(&start))
    }

    pub(super) fn list_exports(&self) -> String {
        match self.exports.len() {
            0 => "nothing".to_owned(),
            _ => crate::load::exports::list(self.exports.iter().map(String::as_str)),
        }
    }
}

impl Functions {
    fn note_import(&mut self, module: &str, name: &str, ty: u32) {
        let index = u32::try_from(self.types.len()).ok();
        if module == PREVIEW1 && name == preview1::REALLOC_BEGINS {
            self.begins = index;
        } else if module == PREVIEW1 && name == preview1::REALLOC_ENDS {
            self.ends = index;
        }
        self.types.push(ty);
    }

    fn guard(&self) -> Option<Guard> {
        let realloc = self.realloc?;
        Some(Guard {
            realloc,
            ty: *self.types.get(usize::try_from(realloc).ok()?)?,
            begins: self.begins?,
            ends: self.ends?,
            functions: u32::try_from(self.types.len()).ok()?,
        })
    }
}
