//! How much memory and time this thread takes for something.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Past this a thread gets no memory and the process dies, before the machine does.
const CEILING_BYTES: isize = 2 << 30;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(change: isize) -> bool {
    let live = LIVE.get() + change;
    if live > CEILING_BYTES {
        return false;
    }
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
    true
}

/// A layout's size as a change; the language keeps it below half of the address space.
fn bytes(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

#[expect(unsafe_code, reason = "only an allocator sees what is allocated")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !count(bytes(layout.size())) {
            return std::ptr::null_mut();
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !count(bytes(layout.size())) {
            return std::ptr::null_mut();
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-bytes(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !count(bytes(size) - bytes(layout.size())) {
            return std::ptr::null_mut();
        }
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The result, and the most bytes that this thread held for it at a time.
pub(crate) fn memory<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    let held = PEAK.get() - before;
    (result, usize::try_from(held).unwrap_or(0))
}

/// Time that this thread has computed: what else the machine does is not in it.
pub(crate) fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// What a decoder may take.
#[derive(Clone, Copy)]
pub(crate) struct Allowance {
    /// Whatever the input.
    pub(crate) bytes: usize,
    /// For each byte of the input.
    pub(crate) per_byte: usize,
}

impl Allowance {
    /// Decodes within it.
    pub(crate) fn spend<T>(self, input: &[u8], decode: impl FnOnce(&[u8]) -> T) -> T {
        let (result, held) = memory(|| decode(input));
        let most = self.bytes + self.per_byte * input.len();
        assert!(
            held <= most,
            "{held} bytes of memory for {} bytes of input; {most} are the most",
            input.len()
        );
        result
    }
}

#[test]
fn what_is_allocated_is_counted() {
    let (kept, held) = memory(|| {
        drop(vec![0_u8; 1 << 20]);
        vec![1_u8; 1 << 10]
    });
    assert_eq!((kept.len(), held), (1 << 10, 1 << 20));
}
