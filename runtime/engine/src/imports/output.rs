//! `output`: chunks leave a task.

use wasmtime::component::{LinkerInstance, WasmList, WasmStr};
use wasmtime::{Result, StoreContextMut};

use crate::guest::{Guest, call_host};

pub(super) fn add_to_linker(output: &mut LinkerInstance<'_, Guest>) -> Result<()> {
    output.func_wrap("emit", emit)?;
    output.func_wrap("emit-text", emit_text)
}

/// The chunk is lent from the guest's memory to the host: nothing is copied here.
fn emit(mut store: StoreContextMut<'_, Guest>, (chunk,): (WasmList<u8>,)) -> Result<()> {
    let guest = store.data_mut();
    guest.check_chunk(chunk.len())?;
    guest.clock.charge_crossing(chunk.len());
    call_host(&mut store, |host, store| {
        Ok(host.emit(chunk.as_le_slice(store)))
    })
}

/// The same; text that is UTF-8 in the guest's memory is lent as it lies there.
fn emit_text(mut store: StoreContextMut<'_, Guest>, (chunk,): (WasmStr,)) -> Result<()> {
    let length = chunk.to_str(&store)?.len();
    let guest = store.data_mut();
    guest.check_chunk(length)?;
    guest.clock.charge_crossing(length);
    call_host(&mut store, |host, store| {
        Ok(host.emit(chunk.to_str(store)?.as_bytes()))
    })
}
