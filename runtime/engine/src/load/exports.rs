//! What a component exports, and whether that makes it a plugin.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Lift, Lower};

use super::LoadError;
use super::componentize::VERSION;
use crate::contract::{
    AbortFunc, CommitFunc, DescribeFunc, FinishFunc, OpenFunc, PlanFunc, PrepareFunc, ProcessFunc,
    RunFunc, WriteFunc,
};
use crate::description::Kind;

/// Where a plugin's functions are.
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) extract: Option<Extract>,
    pub(crate) transform: Option<Transform>,
    pub(crate) load: Option<Load>,
}

/// Functions of an extract.
pub(crate) struct Extract {
    pub(crate) plan: ComponentExportIndex,
    pub(crate) run: ComponentExportIndex,
}

/// Functions of a transform.
pub(crate) struct Transform {
    pub(crate) open: ComponentExportIndex,
    pub(crate) process: ComponentExportIndex,
    pub(crate) finish: ComponentExportIndex,
}

/// Functions of a load.
pub(crate) struct Load {
    pub(crate) open: ComponentExportIndex,
    pub(crate) write: ComponentExportIndex,
    pub(crate) prepare: ComponentExportIndex,
    pub(crate) commit: ComponentExportIndex,
    pub(crate) abort: ComponentExportIndex,
}

impl Exports {
    /// Finds the functions and checks their types.
    pub(super) fn find(
        engine: &Engine,
        component: &Component,
    ) -> Result<(Self, Vec<Kind>), LoadError> {
        let search = Search { engine, component };
        let plugin = search.interface("plugin")?;
        let extract = search.interface("extract")?;
        let transform = search.interface("transform")?;
        let load = search.interface("load")?;
        let mut kinds = Vec::new();
        for (kind, found) in Kind::ALL.into_iter().zip([&extract, &transform, &load]) {
            kinds.extend(found.is_some().then_some(kind));
        }
        let (Some(plugin), false) = (plugin, kinds.is_empty()) else {
            return Err(search.other_world());
        };
        let exports = Self {
            describe: plugin.function::<DescribeFunc>("describe")?,
            extract: extract
                .map(|found| {
                    Ok(Extract {
                        plan: found.function::<PlanFunc<'_>>("plan")?,
                        run: found.function::<RunFunc<'_>>("run")?,
                    })
                })
                .transpose()?,
            transform: transform
                .map(|found| {
                    Ok(Transform {
                        open: found.function::<OpenFunc<'_>>("open")?,
                        process: found.function::<ProcessFunc<'_>>("process")?,
                        finish: found.function::<FinishFunc>("finish")?,
                    })
                })
                .transpose()?,
            load: load
                .map(|found| {
                    Ok(Load {
                        open: found.function::<OpenFunc<'_>>("open")?,
                        write: found.function::<WriteFunc<'_>>("write")?,
                        prepare: found.function::<PrepareFunc>("prepare")?,
                        commit: found.function::<CommitFunc<'_>>("commit")?,
                        abort: found.function::<AbortFunc<'_>>("abort")?,
                    })
                })
                .transpose()?,
        };
        Ok((exports, kinds))
    }
}

/// A function's parameters and results, as the contract has them.
pub(crate) trait Signature {
    /// What it takes.
    type Params: ComponentNamedList + Lower;
    /// What it gives.
    type Results: ComponentNamedList + Lift;
}

struct Search<'a> {
    engine: &'a Engine,
    component: &'a Component,
}

impl<'a> Search<'a> {
    /// An interface of the contract, if it is exported.
    fn interface(&self, name: &'static str) -> Result<Option<Interface<'a>>, LoadError> {
        let full = format!("bubbles:etl/{name}@{VERSION}");
        let Some(index) = self.component.get_export_index(None, &full) else {
            return Ok(None);
        };
        let ty = self.component.component_type();
        match ty.get_export(self.engine, &full).map(|export| export.ty) {
            Some(ComponentItem::ComponentInstance(ty)) => Ok(Some(Interface {
                engine: self.engine,
                component: self.component,
                name,
                index,
                ty,
            })),
            _ => Err(LoadError::World {
                exports: format!("`{full}` as something that is not an interface"),
                expected: "build it against `bubbles.wit`".to_owned(),
            }),
        }
    }

    fn other_world(&self) -> LoadError {
        let ty = self.component.component_type();
        let names: Vec<&str> = ty.exports(self.engine).map(|(name, _)| name).collect();
        let exports = match names.len() {
            0 => "nothing".to_owned(),
            _ => list(names.iter().copied()),
        };
        let has_run = names.iter().any(|name| name.starts_with("wasi:cli/run@"));
        let hint = if has_run {
            " (this is a program with a `main`, not a library)"
        } else {
            ""
        };
        let expected = format!(
            "a plugin exports `bubbles:etl/plugin@{VERSION}` and one or more of `extract`, \
             `transform` and `load` of the same package{hint}"
        );
        LoadError::World { exports, expected }
    }
}

struct Interface<'a> {
    engine: &'a Engine,
    component: &'a Component,
    name: &'static str,
    index: ComponentExportIndex,
    ty: ComponentInstance,
}

impl Interface<'_> {
    fn function<S: Signature>(&self, name: &str) -> Result<ComponentExportIndex, LoadError> {
        let wrong = |what: &str| LoadError::World {
            exports: format!("`bubbles:etl/{}@{VERSION}` {what} `{name}`", self.name),
            expected: format!("build it against `bubbles:etl@{VERSION}`"),
        };
        let index = self.component.get_export_index(Some(&self.index), name);
        let ty = self
            .ty
            .get_export(self.engine, name)
            .map(|export| export.ty);
        let (Some(index), Some(ComponentItem::ComponentFunc(ty))) = (index, ty) else {
            return Err(wrong("without its function"));
        };
        let types = self.component.component_type();
        ty.typecheck::<S::Params, S::Results>(&types.instance_type())
            .map_err(|error| wrong(&format!("with another type ({error:#}) of")))?;
        Ok(index)
    }
}

/// The first names of many, in backticks.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> = names
        .map(|name| format!("`{}`", crate::log::harmless(name)))
        .collect();
    let hidden = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let shown = names.join(", ");
    if hidden == 0 {
        shown
    } else {
        format!("{shown} and {hidden} more")
    }
}
