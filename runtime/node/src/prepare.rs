//! Before a job: its plugins loaded and asked what they are, its plan made.
//! Nothing runs until all of it is done.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroU32;
use std::path::Path;

use bubbles_engine::{self as engine, CallError, Engine, LoadError, Plugin};
use bubbles_pipeline::{
    Description, Format, Kind, Pipeline, PipelineError, Plan, PlanOptions, Task, TaskIndex, choose,
    plan,
};
use serde::Serialize;
use thiserror::Error;

use crate::catalogue;
use crate::job::TaskSetup;
use crate::plugins::Shelf;
use crate::state_folder::PipelineKey;

/// What a plugin is, as a look inside tells.
#[derive(Clone, Debug, Serialize)]
pub struct PluginInfo {
    /// BLAKE3 of its component, in hex.
    pub digest: String,
    /// Size of its component.
    pub size_bytes: usize,
    /// Interfaces it imports.
    pub imports: Vec<String>,
    /// Its tasks: one of each kind at most.
    pub descriptions: Vec<Description>,
}

/// A job that is ready to run.
pub struct Prepared {
    pub(crate) pipeline: Pipeline,
    pub(crate) plan: Plan,
    pub(crate) plugins: Vec<PluginInfo>,
    pub(crate) digests: Vec<[u8; 32]>,
}

impl Prepared {
    /// The pipeline.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Its stages and exchanges.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plugin of each task.
    #[must_use]
    pub fn plugins(&self) -> &[PluginInfo] {
        &self.plugins
    }

    /// What the plugin of each task says of the kind that the task uses.
    #[must_use]
    pub fn descriptions(&self) -> Vec<Description> {
        let tasks = self.pipeline.tasks().iter().zip(&self.plugins);
        let chosen = tasks.map(|(task, info)| {
            let of_kind = info.descriptions.iter().find(|it| it.kind == task.kind);
            of_kind
                .expect("a plugin without the kind is refused")
                .clone()
        });
        chosen.collect()
    }

    /// BLAKE3 of each task's plugin.
    #[must_use]
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }

    /// The key of its bookmarks: pipelines are told apart by name and folder.
    #[must_use]
    pub fn bookmarks(&self) -> String {
        let key = PipelineKey::new(self.pipeline.base(), self.pipeline.name());
        key.text().to_owned()
    }
}

/// Why a job cannot be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The pipeline is wrong, or a plugin that it names.
    #[error(transparent)]
    Plan(#[from] PipelineError),
    /// This machine lacks something that the pipeline needs.
    #[error("task \"{task}\": {message}")]
    Environment {
        /// The task.
        task: String,
        /// What, and what to do about it.
        message: String,
    },
}

/// Loads and describes a plugin.
pub(crate) fn inspect(engine: &Engine, wasm: &[u8]) -> Result<(Plugin, PluginInfo), InspectError> {
    let plugin = engine.load(wasm).map_err(InspectError::Load)?;
    let descriptions = plugin.describe(engine).map_err(InspectError::Describe)?;
    let info = PluginInfo {
        digest: plugin.digest().to_string(),
        size_bytes: plugin.size(),
        imports: plugin.imports().to_vec(),
        descriptions: descriptions.into_iter().map(description).collect(),
    };
    Ok((plugin, info))
}

/// Why a look into a plugin fails.
#[derive(Debug, Error)]
pub enum InspectError {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(LoadError),
    /// It does not say what it is.
    #[error("the plugin fails to describe itself: {0}")]
    Describe(CallError),
}

/// Prepares a job that this machine runs.
pub(crate) fn prepare(
    engine: &Engine,
    shelf: &Shelf,
    pipeline: Pipeline,
    supplied: &[Option<Vec<u8>>],
    slots: usize,
) -> Result<Prepared, PrepareError> {
    let (prepared, plugins) = fit(engine, pipeline, supplied, slots)?;
    let tasks = prepared.pipeline.tasks().iter().zip(&plugins);
    for (task, plugin) in tasks {
        // What a task lacks on this machine is told now, not by its first attempt.
        set_up(task, plugin, prepared.pipeline.base())?;
        shelf.put(plugin);
    }
    Ok(prepared)
}

/// Prepares a job, wherever it will run: its plugins fit, and it has a plan. `supplied` has the bytes
/// of the plugins that are given by path, and of those whose name the caller knows; the other names
/// are built in.
pub(crate) fn fit(
    engine: &Engine,
    pipeline: Pipeline,
    supplied: &[Option<Vec<u8>>],
    slots: usize,
) -> Result<(Prepared, Vec<Plugin>), PrepareError> {
    let mut known: HashMap<blake3::Hash, (Plugin, PluginInfo)> = HashMap::new();
    let mut loaded = Vec::with_capacity(pipeline.tasks().len());
    for (index, task) in pipeline.tasks().iter().enumerate() {
        let index = TaskIndex(index);
        let wasm: &[u8] = match supplied.get(index.0).and_then(Option::as_deref) {
            Some(wasm) => wasm,
            None => catalogue::find(&task.plugin).map_err(|unknown| {
                pipeline.plugin_error(index, unknown.to_string(), Some(unknown.help()))
            })?,
        };
        let digest = blake3::hash(wasm);
        if let Entry::Vacant(entry) = known.entry(digest) {
            entry.insert(inspect(engine, wasm).map_err(|error| {
                pipeline.plugin_error(index, format!("`{}`: {error}", task.plugin), None)
            })?);
        }
        loaded.push(known[&digest].clone());
    }
    let offered: Vec<Vec<Description>> = loaded
        .iter()
        .map(|(_, info)| info.descriptions.clone())
        .collect();
    let descriptions = choose(&pipeline, &offered)?;
    let partitions =
        NonZeroU32::new(u32::try_from(slots).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
    let plan = plan(&pipeline, &descriptions, PlanOptions { partitions })?;
    let (loaded, plugins): (Vec<_>, Vec<_>) = loaded.into_iter().unzip();
    check_code(engine, &pipeline, &descriptions, &loaded)?;
    let digests = loaded.iter().map(|plugin| *plugin.digest().as_bytes());
    let digests = digests.collect();
    let prepared = Prepared {
        pipeline,
        plan,
        plugins,
        digests,
    };
    Ok((prepared, loaded))
}

/// Lets plugins that run code from their configuration look at it. They say so in their schema, by a
/// property with `"x-check": true`: given that property, the kind of the task, `open` of the transform
/// runs nothing of the code and gives what is wrong with it.
fn check_code(
    engine: &Engine,
    pipeline: &Pipeline,
    descriptions: &[Description],
    plugins: &[Plugin],
) -> Result<(), PipelineError> {
    let tasks = pipeline.tasks().iter().zip(descriptions).zip(plugins);
    for (index, ((task, description), plugin)) in tasks.enumerate() {
        let Some(property) = check_property(&description.config_schema) else {
            continue;
        };
        let mut config = task.config.clone();
        config[property] = task.kind.as_str().into();
        if let Err(error) = plugin.try_open(engine, &config.to_string()) {
            let message = error.to_string();
            return Err(pipeline.config_error(TaskIndex(index), "code", message, None));
        }
    }
    Ok(())
}

fn check_property(schema: &serde_json::Value) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    let marked = |schema: &serde_json::Value| schema.get("x-check") == Some(&true.into());
    let found = properties.iter().find(|(_, schema)| marked(schema));
    found.map(|(name, _)| name.as_str())
}

/// How a task is run on this machine.
pub(crate) fn set_up(task: &Task, plugin: &Plugin, base: &Path) -> Result<TaskSetup, PrepareError> {
    let missing = |message| PrepareError::Environment {
        task: task.name.to_string(),
        message,
    };
    let mut env = Vec::with_capacity(task.grants.env.len());
    for variable in &task.grants.env {
        let value = std::env::var(variable).map_err(|_| {
            missing(format!(
                "it is granted the variable {variable}, which is not set: set it, or take it out \
                 of env"
            ))
        })?;
        env.push((variable.clone(), value));
    }
    let grants = &task.grants;
    let grants = engine::Grants::parse(base, &grants.read, &grants.write, &grants.net, &env)
        .map_err(|error| missing(error.to_string()))?;
    let mut limits = engine::Limits::default();
    if let Some(bytes) = task.limits.memory {
        limits.memory_bytes = bytes;
    }
    if let Some(timeout) = task.limits.timeout {
        limits.call = timeout;
    }
    Ok(TaskSetup {
        plugin: plugin.clone(),
        config: task.config.to_string().into(),
        grants,
        limits,
    })
}

fn description(of: engine::Description) -> Description {
    let format = |format| match format {
        engine::Format::Bytes => Format::Bytes,
        engine::Format::Json => Format::Json,
        engine::Format::Arrow => Format::Arrow,
    };
    Description {
        kind: match of.kind {
            engine::Kind::Extract => Kind::Extract,
            engine::Kind::Transform => Kind::Transform,
            engine::Kind::Load => Kind::Load,
        },
        summary: of.summary,
        accepts: of.accepts.into_iter().map(format).collect(),
        produces: of.produces.map(format),
        config_schema: of.config_schema,
        deterministic: of.deterministic,
        combinable: of.combinable,
    }
}
