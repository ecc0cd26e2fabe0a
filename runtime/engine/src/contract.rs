//! The contract's types as they cross the border, and the signatures of its functions.

use wasmtime::component::{ComponentType, Lift, Lower};

use crate::call::CallError;
use crate::description::{Context, Format, Kind, Phase, Source, Split};
use crate::load::Signature;

macro_rules! signatures {
    ($($(#[$doc:meta])* $name:ident $(<$life:lifetime>)?: $params:ty => $results:ty;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name $(<$life>(std::marker::PhantomData<&$life ()>))?;
        impl $(<$life>)? Signature for $name $(<$life>)? {
            type Params = $params;
            type Results = $results;
        }
    )*};
}

type Done = (Result<(), TaskError>,);

signatures! {
    /// `plugin.describe`
    DescribeFunc: () => (Vec<WitDescription>,);
    /// `extract.plan`
    PlanFunc<'a>: (&'a str, Option<&'a [u8]>) => (Result<WitSource, TaskError>,);
    /// `extract.run`
    RunFunc<'a>: (&'a str, WitSplit, WitContext) => Done;
    /// `transform.open` and `load.open`
    OpenFunc<'a>: (&'a str, WitContext) => Done;
    /// `transform.process`
    ProcessFunc<'a>: (u32, &'a [u8]) => Done;
    /// `transform.finish`
    FinishFunc: () => Done;
    /// `load.write`
    WriteFunc<'a>: (&'a [u8],) => Done;
    /// `load.prepare`
    PrepareFunc: () => (Result<Vec<u8>, TaskError>,);
    /// `load.commit`
    CommitFunc<'a>: (&'a str, &'a [Vec<u8>]) => Done;
    /// `load.abort`
    AbortFunc<'a>: (&'a str, &'a [Vec<u8>]) => Done;
}

/// `types.error`
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum TaskError {
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "transient")]
    Transient(String),
    #[component(name = "fatal")]
    Fatal(String),
}

impl From<TaskError> for CallError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Invalid(message) => Self::Invalid(message),
            TaskError::Transient(message) => Self::Transient(message),
            TaskError::Fatal(message) => Self::Fatal(message),
        }
    }
}

/// `types.context`
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct WitContext {
    job: String,
    task: String,
    phase: Phase,
    split: u32,
    splits: u32,
    attempt: u32,
}

impl From<&Context> for WitContext {
    fn from(context: &Context) -> Self {
        Self {
            job: context.job.clone(),
            task: context.task.clone(),
            phase: context.phase,
            split: context.split,
            splits: context.splits,
            attempt: context.attempt,
        }
    }
}

/// `plugin.description`
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct WitDescription {
    pub(crate) kind: Kind,
    pub(crate) summary: String,
    pub(crate) accepts: Vec<Format>,
    pub(crate) produces: Option<Format>,
    #[component(name = "config-schema")]
    pub(crate) config_schema: String,
    pub(crate) deterministic: bool,
    pub(crate) combinable: bool,
}

/// `extract.split`
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct WitSplit {
    payload: Vec<u8>,
    bytes: u64,
}

impl From<&Split> for WitSplit {
    fn from(split: &Split) -> Self {
        Self {
            payload: split.payload.clone(),
            bytes: split.bytes,
        }
    }
}

/// `extract.source`
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct WitSource {
    splits: Vec<WitSplit>,
    bookmark: Option<Vec<u8>>,
}

impl From<WitSource> for Source {
    fn from(source: WitSource) -> Self {
        let split = |split: WitSplit| Split {
            payload: split.payload,
            bytes: split.bytes,
        };
        Self {
            splits: source.splits.into_iter().map(split).collect(),
            bookmark: source.bookmark,
        }
    }
}

/// `objects.object`
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct WitObject {
    pub(crate) url: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
}

/// `objects.object-error`
#[derive(ComponentType, Lower, Debug, Clone, PartialEq, Eq)]
#[component(variant)]
pub(crate) enum ObjectError {
    #[component(name = "denied")]
    Denied(String),
    #[component(name = "not-found")]
    NotFound(String),
    #[component(name = "transient")]
    Transient(String),
    #[component(name = "other")]
    Other(String),
}
