//! Waiting in WASI: sleeping, and blocking on a socket. A guest that waits of its own accord uses
//! its time, so it cannot keep a slot for ever.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use wasmtime::Result;
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::sync::io::poll;
use wasmtime_wasi_io::bindings::wasi::io::poll as unbounded;

use crate::clock::Clock;
use crate::guest::Guest;
use crate::host::{Host, Stopped};
use crate::limits::Limit;

/// How often a guest that waits is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Events that a guest may wait for at once, counting each time it names one.
const MAX_POLLED: usize = 10_000;

pub(super) struct WaitingData;

impl HasData for WaitingData {
    type Data<'a> = Waiting<'a>;
}

/// `wasi:io` of one guest.
pub(super) struct Waiting<'a> {
    pub(super) table: &'a mut ResourceTable,
    pub(super) wait: Wait<'a>,
}

/// The means to wait.
pub(super) struct Wait<'a> {
    clock: &'a mut Clock,
    host: &'a dyn Host,
    runtime: &'a Handle,
}

/// The means of `guest`.
pub(super) fn waiting(guest: &mut Guest) -> Waiting<'_> {
    let (table, clock, host, runtime) = guest.waiting_parts();
    Waiting {
        table,
        wait: Wait {
            clock,
            host,
            runtime,
        },
    }
}

impl Wait<'_> {
    /// Waits for `event` at most for what is left of the guest's time, which goes on.
    pub(super) fn wait<T>(&mut self, event: impl Future<Output = T>) -> Result<T> {
        let mut event = pin!(event);
        let _inside = self.runtime.enter();
        if let Poll::Ready(done) = event.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Ok(done);
        }
        let left = self.clock.left();
        self.clock.pause();
        let begun = Instant::now();
        let result = self.runtime.block_on(async {
            loop {
                if let Ok(done) = tokio::time::timeout(TICK, event.as_mut()).await {
                    return Ok(done);
                }
                if self.host.stopped() {
                    return Err(Stopped.into());
                }
                if begun.elapsed() >= left {
                    return Err(self.clock.exceeded().into());
                }
            }
        });
        self.clock.charge(begun.elapsed());
        self.clock.resume();
        result
    }
}

impl poll::Host for Waiting<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        if pollables.len() > MAX_POLLED {
            return Err(Limit::Handles { limit: MAX_POLLED }.into());
        }
        self.wait
            .wait(unbounded::Host::poll(self.table, pollables))?
    }
}

impl poll::HostPollable for Waiting<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        self.wait
            .wait(unbounded::HostPollable::ready(self.table, pollable))?
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        self.wait
            .wait(unbounded::HostPollable::block(self.table, pollable))?
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        unbounded::HostPollable::drop(self.table, pollable)
    }
}
