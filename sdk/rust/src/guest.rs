//! From the calls of the runtime to the traits of the SDK.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;

use crate::bindings::describing::exports::bubbles::etl::plugin;
use crate::bindings::extracting::exports::bubbles::etl::extract;
use crate::bindings::imports::bubbles::etl::types;
use crate::bindings::loading::exports::bubbles::etl::load;
use crate::bindings::transforming::exports::bubbles::etl::transform;
use crate::{
    Context, Description, Error, Extract, Format, Kind, Load, Phase, Split, Transform,
    configuration,
};

thread_local! {
    /// The task this instance runs: the runtime opens one, and only one, in each.
    static TASK: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

fn open<T: 'static>(task: T) {
    TASK.with_borrow_mut(|slot| *slot = Some(Box::new(task)));
}

fn with_open<T: 'static, R>(
    call: impl FnOnce(&mut T) -> Result<R, Error>,
) -> Result<R, types::Error> {
    TASK.with_borrow_mut(|slot| {
        let task = slot.as_mut().and_then(|task| task.downcast_mut::<T>());
        task.ok_or_else(|| Error::fatal("the runtime called a task that it had not opened"))
            .and_then(call)
            .map_err(error)
    })
}

/// Exports an [`Extract`].
pub struct ExtractExport<T>(PhantomData<T>);

impl<T: Extract + 'static> extract::Guest for ExtractExport<T> {
    fn plan(config: String, bookmark: Option<Vec<u8>>) -> Result<extract::Source, types::Error> {
        let source = configuration::parse(&config)
            .and_then(|config| T::plan(config, bookmark))
            .map_err(error)?;
        let split = |s: Split| extract::Split {
            payload: s.payload,
            bytes: s.bytes,
        };
        Ok(extract::Source {
            splits: source.splits.into_iter().map(split).collect(),
            bookmark: source.bookmark,
        })
    }

    fn run(config: String, piece: extract::Split, at: types::Context) -> Result<(), types::Error> {
        let split = Split {
            payload: piece.payload,
            bytes: piece.bytes,
        };
        configuration::parse(&config)
            .and_then(|config| T::run(config, split, context(at)))
            .map_err(error)
    }
}

/// Exports a [`Transform`].
pub struct TransformExport<T>(PhantomData<T>);

impl<T: Transform> transform::Guest for TransformExport<T> {
    fn open(config: String, at: types::Context) -> Result<(), types::Error> {
        configuration::parse(&config)
            .and_then(|config| T::open(config, context(at)))
            .map(open)
            .map_err(error)
    }

    fn process(input: u32, chunk: Vec<u8>) -> Result<(), types::Error> {
        with_open(|task: &mut T| task.process(input, chunk))
    }

    fn finish() -> Result<(), types::Error> {
        with_open(|task: &mut T| task.finish())
    }
}

/// Exports a [`Load`].
pub struct LoadExport<T>(PhantomData<T>);

impl<T: Load> load::Guest for LoadExport<T> {
    fn open(config: String, at: types::Context) -> Result<(), types::Error> {
        configuration::parse(&config)
            .and_then(|config| T::open(config, context(at)))
            .map(open)
            .map_err(error)
    }

    fn write(chunk: Vec<u8>) -> Result<(), types::Error> {
        with_open(|task: &mut T| task.write(chunk))
    }

    fn prepare() -> Result<Vec<u8>, types::Error> {
        with_open(|task: &mut T| task.prepare())
    }

    fn commit(config: String, receipts: Vec<Vec<u8>>) -> Result<(), types::Error> {
        configuration::parse(&config)
            .and_then(|config| T::commit(config, receipts))
            .map_err(error)
    }

    fn abort(config: String, receipts: Vec<Vec<u8>>) -> Result<(), types::Error> {
        configuration::parse(&config)
            .and_then(|config| T::abort(config, receipts))
            .map_err(error)
    }
}

/// A description as the contract has it.
pub fn description(description: Description) -> plugin::Description {
    plugin::Description {
        kind: match description.kind {
            Kind::Extract => plugin::Kind::Extract,
            Kind::Transform => plugin::Kind::Transform,
            Kind::Load => plugin::Kind::Load,
        },
        summary: description.summary,
        accepts: description.accepts.into_iter().map(format).collect(),
        produces: description.produces.map(format),
        config_schema: description.config_schema.to_string(),
        deterministic: description.deterministic,
        combinable: description.combinable,
    }
}

fn format(format: Format) -> types::Format {
    match format {
        Format::Bytes => types::Format::Bytes,
        Format::Json => types::Format::Json,
        Format::Arrow => types::Format::Arrow,
    }
}

fn context(context: types::Context) -> Context {
    Context {
        job: context.job,
        task: context.task,
        phase: match context.phase {
            types::Phase::Whole => Phase::Whole,
            types::Phase::Partial => Phase::Partial,
            types::Phase::Final => Phase::Final,
        },
        split: context.split,
        splits: context.splits,
        attempt: context.attempt,
    }
}

fn error(error: Error) -> types::Error {
    match error {
        Error::Invalid(message) => types::Error::Invalid(message),
        Error::Transient(message) => types::Error::Transient(message),
        Error::Fatal(message) => types::Error::Fatal(message),
    }
}
