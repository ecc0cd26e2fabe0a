//! What the engine keeps beside each guest: the data of its store.

use std::sync::Arc;

use tokio::runtime::Handle;
use wasmtime::component::ResourceTable;
use wasmtime::{StoreContextMut, UpdateDeadline};

use crate::clock::Clock;
use crate::grants::Grants;
use crate::host::{Host, Stopped};
use crate::instance::Surroundings;
use crate::limits::{Limit, Limits};
use crate::log::Log;
use crate::memory::Memory;
use crate::objects::Objects;
use crate::wasi::Wasi;

/// The data of a guest's store. Small, and what is dear to make is made when it is first used: most
/// instances never touch WASI or objects.
pub(crate) struct Guest {
    /// Away while it is being called, so that it and the guest's memory can be borrowed at once.
    host: Option<Box<dyn Host>>,
    pub(crate) limits: Limits,
    pub(crate) grants: Arc<Grants>,
    pub(crate) clock: Clock,
    pub(crate) memory: Memory,
    pub(crate) table: ResourceTable,
    pub(crate) log: Log,
    pub(crate) wasi: Wasi,
    pub(crate) objects: Objects,
}

impl Guest {
    pub(crate) fn new(around: Surroundings, objects: Objects, wasi: Wasi) -> Self {
        let Surroundings {
            limits,
            grants,
            host,
        } = around;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            host: Some(host),
            grants: Arc::new(grants),
            clock: Clock::new(limits.call),
            memory: Memory::new(limits.memory_bytes),
            table,
            log: Log::new(limits.log_bytes),
            wasi,
            objects,
            limits,
        }
    }

    /// The host.
    pub(crate) fn host_mut(&mut self) -> &mut dyn Host {
        &mut **self.host.as_mut().expect("the host is back between calls")
    }

    /// Hands the host what the guest printed since.
    pub(crate) fn deliver_prints(&mut self) {
        let host = self.host.as_mut().expect("the host is back between calls");
        self.wasi.deliver_prints(&mut self.log, &mut **host);
    }

    /// Logs through the budget of this instance.
    pub(crate) fn log(&mut self, level: crate::host::Level, message: &str) {
        let host = self.host.as_mut().expect("the host is back between calls");
        self.log.write(level, message, &mut **host);
    }

    /// What waiting takes: the handles, the clock that goes on, and who may end it.
    pub(crate) fn waiting_parts(&mut self) -> (&mut ResourceTable, &mut Clock, &dyn Host, &Handle) {
        let host = self
            .host
            .as_deref()
            .expect("the host is back between calls");
        (&mut self.table, &mut self.clock, host, self.wasi.runtime())
    }

    /// Fails where `bytes` are more than a chunk may have.
    pub(crate) fn check_chunk(&self, bytes: usize) -> Result<(), Limit> {
        let limit = self.limits.chunk_bytes;
        if bytes > limit {
            Err(Limit::Chunk { bytes, limit })
        } else {
            Ok(())
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.objects.discard_unclaimed(&self.grants);
    }
}

/// Calls the guest's host while the guest's memory stays borrowed. The guest's clock stands still.
pub(crate) fn call_host(
    store: &mut StoreContextMut<'_, Guest>,
    call: impl FnOnce(
        &mut dyn Host,
        &StoreContextMut<'_, Guest>,
    ) -> wasmtime::Result<Result<(), Stopped>>,
) -> wasmtime::Result<()> {
    let guest = store.data_mut();
    guest.deliver_prints();
    let mut host = guest.host.take().expect("the host is back between calls");
    guest.clock.pause();
    let result = call(&mut *host, store);
    let guest = store.data_mut();
    guest.host = Some(host);
    guest.clock.resume();
    result??;
    Ok(())
}

/// What happens to a running guest at each tick of the engine's clock.
pub(crate) fn tick(mut store: StoreContextMut<'_, Guest>) -> wasmtime::Result<UpdateDeadline> {
    let guest = store.data_mut();
    guest.clock.check()?;
    if guest.host_mut().stopped() {
        return Err(Stopped.into());
    }
    Ok(UpdateDeadline::Continue(1))
}
