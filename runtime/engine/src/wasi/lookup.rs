//! Names a guest may resolve: those of its `net` grants. A question to a name server also carries
//! data out, so nothing else may be asked.

use wasmtime::Result;
use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::ResolveAddressStream;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host, HostResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, Host as NetworkHost, HostNetwork, IpAddress, Network,
};
use wasmtime_wasi::p2::{DynPollable, SocketError};
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView as _};

use crate::guest::Guest;

pub(super) struct LookupData;

impl HasData for LookupData {
    type Data<'a> = Lookup<'a>;
}

/// `ip-name-lookup` of one guest.
pub(super) struct Lookup<'a> {
    guest: &'a mut Guest,
}

/// The means of `guest`.
pub(super) fn lookup(guest: &mut Guest) -> Lookup<'_> {
    Lookup { guest }
}

impl Lookup<'_> {
    fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        self.guest.sockets()
    }
}

impl Host for Lookup<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        let granted = self
            .guest
            .grants
            .net
            .iter()
            .any(|grant| grant.host.eq_ignore_ascii_case(&name));
        if !granted {
            return Err(ErrorCode::AccessDenied.into());
        }
        self.sockets().resolve_addresses(network, name)
    }
}

impl HostNetwork for Lookup<'_> {
    fn drop(&mut self, network: Resource<Network>) -> Result<()> {
        HostNetwork::drop(&mut self.sockets(), network)
    }
}

impl NetworkHost for Lookup<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> Result<ErrorCode> {
        self.sockets().convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> Result<Option<ErrorCode>> {
        self.sockets().network_error_code(error)
    }
}

impl HostResolveAddressStream for Lookup<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        self.sockets().resolve_next_address(stream)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Resource<DynPollable>> {
        self.sockets().subscribe(stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> Result<()> {
        HostResolveAddressStream::drop(&mut self.sockets(), stream)
    }
}
