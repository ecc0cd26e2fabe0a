//! Going into a guest and coming back.

use std::cell::Cell;

use wasmtime::Store;

use crate::call::CallError;
use crate::failure::call_error;
use crate::guest::Guest;

/// Guests that may be inside each other on one thread, through `emit`. Each takes up to 1 MiB of
/// stack for itself and some for its host: together they fit the 64 MiB of a slot's thread.
pub(crate) const MAX_NESTING: u32 = 48;

/// Runs guest code: on its clock, not nested too deep, what it printed delivered, errors typed.
pub(super) fn enter<T>(
    store: &mut Store<Guest>,
    call: &'static str,
    run: impl FnOnce(&mut Store<Guest>) -> wasmtime::Result<T>,
) -> Result<T, CallError> {
    let _deeper = Nesting::deeper()?;
    store.data_mut().clock.start(call);
    let result = run(store);
    let guest = store.data_mut();
    guest.clock.stop();
    let result = result.map_err(|error| call_error(error, guest));
    guest.deliver_prints();
    result
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One guest more on this thread, until it is dropped.
struct Nesting;

impl Nesting {
    fn deeper() -> Result<Self, CallError> {
        let depth = DEPTH.get();
        if depth == MAX_NESTING {
            let message = format!("more than {MAX_NESTING} tasks follow each other in a stage");
            return Err(CallError::Host(message));
        }
        DEPTH.set(depth + 1);
        Ok(Self)
    }
}

impl Drop for Nesting {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
