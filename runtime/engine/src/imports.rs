//! What every plugin is linked with: the contract's imports and WASI. Grants decide what answers.

mod objects;
mod output;

use wasmtime::component::{Linker, LinkerInstance, WasmList, WasmStr};
use wasmtime::{Result, StoreContextMut};

use crate::guest::{Guest, call_host};
use crate::host::Level;
use crate::log::harmless;
use crate::wasi;

/// A reject's reason is a sentence: what is longer is cut off.
const REASON_BYTES: usize = 4 << 10;

/// A linker with all of it. Built once for an engine.
pub(crate) fn linker(engine: &wasmtime::Engine) -> Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker)?;
    output::add_to_linker(&mut interface(&mut linker, "output")?)?;
    objects::add_to_linker(&mut interface(&mut linker, "objects")?)?;
    let mut rejects = interface(&mut linker, "rejects")?;
    rejects.func_wrap("reject", reject)?;
    rejects.func_wrap("reject-text", reject_text)?;
    interface(&mut linker, "log")?.func_wrap("log", log)?;
    Ok(linker)
}

fn interface<'a>(linker: &'a mut Linker<Guest>, name: &str) -> Result<LinkerInstance<'a, Guest>> {
    linker.instance(&format!("bubbles:etl/{name}@0.1.0"))
}

/// `rejects.reject`. Both arguments stay in the guest's memory.
fn reject(
    mut store: StoreContextMut<'_, Guest>,
    (bytes, reason): (WasmList<u8>, WasmStr),
) -> Result<()> {
    let reason = reason_for(&mut store, bytes.len(), &reason)?;
    call_host(&mut store, |host, store| {
        Ok(host.reject(bytes.as_le_slice(store), &reason))
    })
}

/// `rejects.reject-text`: the same for text.
fn reject_text(
    mut store: StoreContextMut<'_, Guest>,
    (text, reason): (WasmStr, WasmStr),
) -> Result<()> {
    let length = text.to_str(&store)?.len();
    let reason = reason_for(&mut store, length, &reason)?;
    call_host(&mut store, |host, store| {
        Ok(host.reject(text.to_str(store)?.as_bytes(), &reason))
    })
}

/// Why a record of so many bytes is put aside, in words that harm nobody. It may have several lines.
fn reason_for(
    store: &mut StoreContextMut<'_, Guest>,
    length: usize,
    reason: &WasmStr,
) -> Result<String> {
    let guest = store.data_mut();
    guest.check_chunk(length)?;
    guest.clock.charge_crossing(length);
    let reason = reason.to_str(&*store)?;
    let lines = beginning(&reason, REASON_BYTES).lines().map(harmless);
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// `log.log`.
fn log(mut store: StoreContextMut<'_, Guest>, (level, message): (Level, WasmStr)) -> Result<()> {
    let message = message.to_str(&store)?;
    let length = message.len();
    let guest = store.data();
    // What is beyond the budget is cut off anyway, so no more of it is copied.
    let wanted = if guest.log.is_cut() {
        0
    } else {
        guest.limits.log_bytes.saturating_add(1)
    };
    let message = beginning(&message, wanted).to_owned();
    let guest = store.data_mut();
    guest.clock.charge_crossing(length);
    guest.deliver_prints();
    guest.log(level, &message);
    Ok(())
}

/// At most `bytes` of the text, whole characters.
fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
