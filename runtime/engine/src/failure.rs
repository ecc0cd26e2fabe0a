//! From what wasmtime reports to whose fault it is.

use wasmtime::component::ResourceTableError;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap as WasmTrap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::call::{CallError, Trap};
use crate::engine::STACK_BYTES;
use crate::guest::Guest;
use crate::host::Stopped;
use crate::limits::Limit;

/// wasmtime's words where it has no type to tell them by.
const HOSTCALL_FUEL: &str = "fuel allocated for hostcalls has been exhausted";
const TOO_MANY_HANDLES: &str = "too many";

/// Tells why a call failed.
pub(crate) fn call_error(error: Error, guest: &mut Guest) -> CallError {
    if error.is::<Stopped>() {
        return CallError::Stopped;
    }
    if let Some(limit) = limit(&error, guest) {
        return CallError::Limit(limit);
    }
    if let Some(pool) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        return CallError::Host(format!("no sandbox is free: {pool}"));
    }
    let words = guest.wasi.last_words();
    let reason = match (
        error.downcast_ref::<WasmTrap>(),
        error.downcast_ref::<I32Exit>(),
    ) {
        (Some(trap), _) => trap_words(*trap),
        (None, Some(exit)) => format!("it exited with code {}", exit.0),
        (None, None) => error.root_cause().to_string(),
    };
    let message = if words.is_empty() {
        reason
    } else {
        format!("{words} ({reason})")
    };
    CallError::Trap(Trap {
        message,
        trace: trace(&error),
    })
}

fn limit(error: &Error, guest: &Guest) -> Option<Limit> {
    if let Some(limit) = error.downcast_ref::<Limit>() {
        return Some(limit.clone());
    }
    let limits = &guest.limits;
    match error.downcast_ref::<WasmTrap>() {
        Some(WasmTrap::StackOverflow) => return Some(Limit::Stack { bytes: STACK_BYTES }),
        Some(WasmTrap::Interrupt) => return Some(guest.clock.exceeded()),
        _ => {}
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref::<ResourceTableError>() {
        return Some(Limit::Handles {
            limit: limits.handles,
        });
    }
    let cause = error.root_cause().to_string();
    if cause.contains(HOSTCALL_FUEL) {
        return Some(Limit::HostCall {
            limit: limits.hostcall_bytes,
        });
    }
    if cause.contains(TOO_MANY_HANDLES) && cause.contains("handle") {
        return Some(Limit::Handles {
            limit: limits.handles,
        });
    }
    None
}

/// A trap in the words of somebody who writes plugins.
fn trap_words(trap: WasmTrap) -> String {
    match trap {
        WasmTrap::UnreachableCodeReached => {
            "it gave up: a panic, or code that must not be reached".to_owned()
        }
        WasmTrap::MemoryOutOfBounds => {
            "it reached outside its memory, as code does that calls itself too deep".to_owned()
        }
        other => other.to_string(),
    }
}

/// The guest's functions, innermost first.
fn trace(error: &Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let name = |frame: &wasmtime::FrameInfo| {
        let module = frame.module().name().unwrap_or("?");
        match frame.func_name() {
            Some(name) => crate::log::harmless(name),
            None => format!("{module}, function {}", frame.func_index()),
        }
    };
    backtrace.frames().iter().map(name).collect()
}
