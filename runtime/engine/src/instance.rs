//! One live sandbox, and the calls into it.

mod enter;

#[cfg(test)]
pub(crate) use self::enter::MAX_NESTING;

use self::enter::enter;
use std::time::Duration;

use wasmtime::component::{ComponentExportIndex, Func, TypedFunc};
use wasmtime::{Store, component};

use crate::call::CallError;
use crate::contract::{
    AbortFunc, CommitFunc, DescribeFunc, FinishFunc, OpenFunc, PlanFunc, PrepareFunc, ProcessFunc,
    RunFunc, TaskError, WitDescription, WriteFunc,
};
use crate::description::{Context, Kind, Source, Split};
use crate::engine::{Engine, Watched};
use crate::grants::Grants;
use crate::guest::{Guest, tick};
use crate::host::Host;
use crate::limits::Limits;
use crate::load::{Extract, Load, Loaded, Signature, Transform};
use crate::plugin::Plugin;

/// All that an instance can reach.
pub struct Surroundings {
    /// How much it may use.
    pub limits: Limits,
    /// Where it may go.
    pub grants: Grants,
    /// Where what it hands out goes.
    pub host: Box<dyn Host>,
}

/// A live sandbox. Calls run on the caller's thread; dropping it gives everything back.
///
/// After a trap or a limit only dropping it makes sense: every further call fails.
pub struct Instance {
    store: Store<Guest>,
    instance: component::Instance,
    plugin: Plugin,
    /// The function that takes chunks, looked up once.
    chunks: Option<Func>,
    /// The clock that interrupts this guest ticks as long as it may run.
    _watched: Watched,
    _engine: Engine,
}

impl Instance {
    /// Makes a sandbox for `plugin` and runs its start-up.
    pub(crate) fn start(engine: &Engine, plugin: &Plugin, guest: Guest) -> Result<Self, CallError> {
        let watched = engine.watch();
        let mut store = Store::new(engine.wasmtime(), guest);
        store.limiter(|guest| &mut guest.memory);
        store.epoch_deadline_callback(tick);
        store.set_epoch_deadline(1);
        let limits = &store.data().limits;
        let (hostcall_bytes, handles) = (limits.hostcall_bytes, limits.handles);
        store.set_hostcall_fuel(hostcall_bytes);
        store.set_max_component_handles(handles);
        let instance = enter(&mut store, "start-up", |store| {
            plugin.loaded().pre.instantiate(store)
        })?;
        Ok(Self {
            store,
            instance,
            plugin: plugin.clone(),
            chunks: None,
            _watched: watched,
            _engine: engine.clone(),
        })
    }

    /// Asks the plugin what it offers.
    pub(crate) fn describe(&mut self) -> Result<Vec<WitDescription>, CallError> {
        let index = self.loaded().exports.describe;
        let (descriptions,) = self.call::<DescribeFunc>("describe", index, ())?;
        Ok(descriptions)
    }

    /// Asks an extract for its splits; `bookmark` is what the last committed job left.
    ///
    /// # Errors
    /// As every call: [`CallError`] says whose fault it is.
    pub fn plan(&mut self, config: &str, bookmark: Option<&[u8]>) -> Result<Source, CallError> {
        let index = self.extract()?.plan;
        let (source,) = self.call::<PlanFunc<'_>>("plan", index, (config, bookmark))?;
        let source = Source::from(source?);
        let limit = self.store.data().limits.splits;
        if source.splits.len() > limit {
            let count = source.splits.len();
            let message = format!("it plans {count} splits; at most {limit} can be run");
            return Err(CallError::Invalid(message));
        }
        Ok(source)
    }

    /// Lets an extract read one split to its end.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn run(&mut self, config: &str, split: &Split, context: &Context) -> Result<(), CallError> {
        let index = self.extract()?.run;
        self.set_job(context);
        self.done::<RunFunc<'_>>("run", index, (config, split.into(), context.into()))
    }

    /// Opens a transform.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open_transform(&mut self, config: &str, context: &Context) -> Result<(), CallError> {
        let index = self.transform()?.open;
        self.set_job(context);
        self.done::<OpenFunc<'_>>("open", index, (config, context.into()))
    }

    /// Hands a transform a chunk of its input `input`.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn process(&mut self, input: u32, chunk: &[u8]) -> Result<(), CallError> {
        let index = self.transform()?.process;
        let func = self.chunk_func(chunk, "process", index)?;
        self.done_by::<ProcessFunc<'_>>("process", func, (input, chunk))
    }

    /// Tells a transform that its last chunk is in.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn finish(&mut self) -> Result<(), CallError> {
        let index = self.transform()?.finish;
        self.done::<FinishFunc>("finish", index, ())
    }

    /// Opens a load.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open_load(&mut self, config: &str, context: &Context) -> Result<(), CallError> {
        let index = self.load()?.open;
        self.set_job(context);
        self.done::<OpenFunc<'_>>("open", index, (config, context.into()))
    }

    /// Hands a load a chunk.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), CallError> {
        let index = self.load()?.write;
        let func = self.chunk_func(chunk, "write", index)?;
        self.done_by::<WriteFunc<'_>>("write", func, (chunk,))
    }

    /// Makes what a load wrote durable; gives the receipt. Where it is not called or fails, what
    /// the load staged is removed when the instance is dropped.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn prepare(&mut self) -> Result<Vec<u8>, CallError> {
        let index = self.load()?.prepare;
        let (receipt,) = self.call::<PrepareFunc>("prepare", index, ())?;
        let receipt = receipt?;
        self.store.data_mut().objects.claim();
        Ok(receipt)
    }

    /// Makes prepared output visible. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn commit(&mut self, config: &str, receipts: &[Vec<u8>]) -> Result<(), CallError> {
        let index = self.load()?.commit;
        self.done::<CommitFunc<'_>>("commit", index, (config, receipts))
    }

    /// Removes prepared output. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn abort(&mut self, config: &str, receipts: &[Vec<u8>]) -> Result<(), CallError> {
        let index = self.load()?.abort;
        self.done::<AbortFunc<'_>>("abort", index, (config, receipts))
    }

    /// The host it was given.
    pub fn host_mut(&mut self) -> &mut dyn Host {
        self.store.data_mut().host_mut()
    }

    /// Time the guest ran so far, waiting for its host left out.
    #[must_use]
    pub fn cpu_time(&self) -> Duration {
        self.store.data().clock.total()
    }

    /// Bytes it read through `objects` so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.store.data().objects.bytes_read()
    }

    /// URLs of objects that it made visible, as it wrote them.
    #[must_use]
    pub fn published(&self) -> &[String] {
        self.store.data().objects.published()
    }

    fn loaded(&self) -> &Loaded {
        self.plugin.loaded()
    }

    fn extract(&self) -> Result<&Extract, CallError> {
        self.loaded()
            .exports
            .extract
            .as_ref()
            .ok_or_else(|| not_offered(Kind::Extract))
    }

    fn transform(&self) -> Result<&Transform, CallError> {
        self.loaded()
            .exports
            .transform
            .as_ref()
            .ok_or_else(|| not_offered(Kind::Transform))
    }

    fn load(&self) -> Result<&Load, CallError> {
        self.loaded()
            .exports
            .load
            .as_ref()
            .ok_or_else(|| not_offered(Kind::Load))
    }

    fn set_job(&mut self, context: &Context) {
        self.store.data_mut().objects.set_job(&context.job);
    }

    /// The function for chunks: looked up at the first, for what follows comes thousandfold.
    fn chunk_func(
        &mut self,
        chunk: &[u8],
        name: &'static str,
        index: ComponentExportIndex,
    ) -> Result<Func, CallError> {
        self.store.data().check_chunk(chunk.len())?;
        match self.chunks {
            Some(func) => Ok(func),
            None => {
                let func = self.func(name, index)?;
                self.chunks = Some(func);
                Ok(func)
            }
        }
    }

    fn func(&mut self, name: &str, index: ComponentExportIndex) -> Result<Func, CallError> {
        self.instance
            .get_func(&mut self.store, index)
            .ok_or_else(|| CallError::Host(format!("the plugin lost its function `{name}`")))
    }

    fn done<S>(
        &mut self,
        name: &'static str,
        index: ComponentExportIndex,
        params: S::Params,
    ) -> Result<(), CallError>
    where
        S: Signature<Results = (Result<(), TaskError>,)>,
    {
        let (done,) = self.call::<S>(name, index, params)?;
        Ok(done?)
    }

    fn done_by<S>(
        &mut self,
        name: &'static str,
        func: Func,
        params: S::Params,
    ) -> Result<(), CallError>
    where
        S: Signature<Results = (Result<(), TaskError>,)>,
    {
        let (done,) = self.call_func::<S>(name, func, params)?;
        Ok(done?)
    }

    fn call<S: Signature>(
        &mut self,
        name: &'static str,
        index: ComponentExportIndex,
        params: S::Params,
    ) -> Result<S::Results, CallError> {
        let func = self.func(name, index)?;
        self.call_func::<S>(name, func, params)
    }

    fn call_func<S: Signature>(
        &mut self,
        name: &'static str,
        func: Func,
        params: S::Params,
    ) -> Result<S::Results, CallError> {
        enter(&mut self.store, name, |store| {
            let func: TypedFunc<S::Params, S::Results> = func.typed(&*store)?;
            func.call(store, params)
        })
    }
}

fn not_offered(kind: Kind) -> CallError {
    CallError::Host(format!("the plugin does not offer {kind}"))
}
