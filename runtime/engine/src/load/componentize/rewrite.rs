//! A core module with other names, and with a guard around `cabi_realloc`.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module,
};
use wasmparser::{
    CodeSectionReader, Export, ExternalKind, FunctionSectionReader, ImportSectionReader, Parser,
};

use super::plain;

/// Around which function what is called, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// The one that is exported as `cabi_realloc`.
    pub(super) realloc: u32,
    /// Its type.
    pub(super) ty: u32,
    /// Imports that are called before and after it.
    pub(super) begins: u32,
    pub(super) ends: u32,
    /// How many functions the module has: the index of the one that is added.
    pub(super) functions: u32,
}

/// The module with the contract's names in place of plain ones, and `cabi_realloc` guarded.
pub(super) fn rewrite(module: &[u8], guard: Option<Guard>) -> anyhow::Result<Vec<u8>> {
    let mut out = Module::new();
    Rewriter { guard }.parse_core_module(&mut out, Parser::new(0), module)?;
    Ok(out.finish())
}

struct Rewriter {
    guard: Option<Guard>,
}

type Outcome = Result<(), reencode::Error<Infallible>>;

impl Reencode for Rewriter {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Outcome {
        for import in section.into_imports() {
            let import = import?;
            let ty = self.entity_type(import.ty)?;
            match plain::import(import.module, import.name) {
                Some((module, name)) => imports.import(&module, name, ty),
                None => imports.import(import.module, import.name, ty),
            };
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Outcome {
        let guarded = self.guard.filter(|guard| {
            export.kind == ExternalKind::Func
                && export.name == REALLOC
                && export.index == guard.realloc
        });
        if let Some(guard) = guarded {
            exports.export(REALLOC, ExportKind::Func, guard.functions);
        } else if let Some(name) = plain::export(export.name) {
            exports.export(&name, self.export_kind(export.kind)?, export.index);
        } else {
            utils::parse_export(self, exports, export)?;
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Outcome {
        utils::parse_function_section(self, functions, section)?;
        if let Some(guard) = self.guard {
            functions.function(guard.ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Outcome {
        utils::parse_code_section(self, code, section)?;
        if let Some(guard) = self.guard {
            code.function(&guard.body());
        }
        Ok(())
    }
}

/// The canonical ABI's name of the function through which a guest is given memory.
pub(super) const REALLOC: &str = "cabi_realloc";

impl Guard {
    /// Calls what is guarded, between the two others.
    fn body(self) -> Function {
        let mut body = Function::new([]);
        let mut instructions = body.instructions();
        instructions.call(self.begins);
        for parameter in 0..4 {
            instructions.local_get(parameter);
        }
        instructions.call(self.realloc).call(self.ends).end();
        body
    }
}
