//! WASI 0.2, linked for every plugin and nearly empty: no folders, no arguments, no input; of the
//! environment and the network only what is granted; output goes to the log.

mod lookup;
mod network;
mod prints;
mod streams;
mod waiting;

pub(crate) use self::network::is_nearby;

use std::sync::Arc;

use tokio::runtime::Handle;
use wasmtime::Result;
use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use self::lookup::{LookupData, lookup};
use self::prints::{Print, Prints};
use self::waiting::{WaitingData, waiting};
use crate::grants::Grants;
use crate::guest::Guest;
use crate::host::{Host, Level};
use crate::log::Log;

/// Random bytes in one call: what a guest needs for keys and seeds, over and over.
const MAX_RANDOM_BYTES: u64 = 1 << 20;

/// The WASI side of a guest.
pub(crate) struct Wasi {
    /// Made at the first call that needs it: it costs more than the rest of a sandbox.
    built: Option<Box<Built>>,
    runtime: Handle,
}

struct Built {
    context: WasiCtx,
    prints: Arc<Prints>,
}

impl Wasi {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            built: None,
            runtime,
        }
    }

    /// Where waiting is done.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Hands the host the lines that the guest printed since.
    pub(crate) fn deliver_prints(&mut self, log: &mut Log, host: &mut dyn Host) {
        if let Some(built) = &self.built {
            built.prints.deliver(log, host);
        }
    }

    /// Ends the lines that the guest did not, and gives the last ones of its standard error.
    pub(crate) fn last_words(&mut self) -> String {
        self.built
            .as_ref()
            .map(|built| built.prints.last_words())
            .unwrap_or_default()
    }

    fn built(&mut self, grants: &Grants, log_bytes: usize) -> &mut Built {
        self.built
            .get_or_insert_with(|| Box::new(Built::new(grants, log_bytes)))
    }
}

impl Built {
    fn new(grants: &Grants, log_bytes: usize) -> Self {
        let prints = Arc::new(Prints::new(log_bytes));
        let mut builder = WasiCtx::builder();
        builder
            .envs(&grants.env)
            .stdout(Print::new(&prints, Level::Info))
            .stderr(Print::new(&prints, Level::Error))
            .max_random_size(MAX_RANDOM_BYTES)
            .allow_udp(false)
            .allow_tcp(!grants.net.is_empty())
            // Which names may be asked for is decided in `lookup`.
            .allow_ip_name_lookup(!grants.net.is_empty())
            .socket_addr_check(network::check(grants.net.clone()));
        Self {
            context: builder.build(),
            prints,
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let built = self.wasi.built(&self.grants, self.limits.log_bytes);
        WasiCtxView {
            ctx: &mut built.context,
            table: &mut self.table,
        }
    }
}

/// Links all of WASI 0.2; what can wait or look up names is replaced by bounded versions.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    bindings::sync::io::poll::add_to_linker::<Guest, WaitingData>(linker, waiting)?;
    bindings::sync::io::streams::add_to_linker::<Guest, WaitingData>(linker, waiting)?;
    bindings::sockets::ip_name_lookup::add_to_linker::<Guest, LookupData>(linker, lookup)?;
    linker.allow_shadowing(false);
    Ok(())
}
