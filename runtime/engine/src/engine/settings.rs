//! wasmtime's settings: every limit it has, each with the attack or the cost that it is for.

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmFeatures,
};

/// Stack of one guest. Guests nest on one thread through `emit`, at most
/// `MAX_NESTING` deep, and a slot's thread has 64 MiB; a language
/// runtime that recurses for a deep document fits into one.
pub(crate) const STACK_BYTES: usize = 1 << 20;

/// Address space of one linear memory. With all that 32 bits can reach reserved, and guard pages
/// behind it, compiled code needs no bounds checks.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// Guard pages behind a memory: covers the constant offsets that compilers put into instructions.
const MEMORY_GUARD: u64 = 32 << 20;

/// Sandboxes alive at once: a stage's chain for every slot, with room for stages of many tasks.
const INSTANCES_PER_SLOT: u32 = 64;

/// At least so many, for a machine of one slot that plans and describes while it runs.
const MIN_INSTANCES: u32 = 256;

/// At most so many: each takes 4 GiB of the 128 TiB of addresses that a process has.
const MAX_INSTANCES: u32 = 8_192;

/// Core instances in one component. Python plugins link some fifty modules into one component;
/// a component of thousands is an attack on the instantiation.
const CORE_INSTANCES: u32 = 128;

/// Memories in one component: its own, and one for each part it is composed of.
const MEMORIES: u32 = 4;

/// Tables in one component: one for each linked module and for each adapter.
const TABLES: u32 = 128;

/// Tables over all sandboxes, for each sandbox that may be alive: most have one or two.
const TABLES_PER_INSTANCE: u32 = 4;

/// Entries of one table: CPython has some 15,000 functions that are called by reference.
const TABLE_ELEMENTS: usize = 64 << 10;

/// Bookkeeping of one core instance and of one component: grows with its globals, functions and
/// types. 2 MiB holds the largest language runtimes; it is allocated as needed.
const METADATA_BYTES: usize = 2 << 20;

/// Of each memory, what is wiped and kept instead of given back, so that the next instance of the
/// same plugin starts without page faults. Holds what a task over 1 MiB chunks touches.
const KEPT_MEMORY: usize = 4 << 20;

/// The same for tables: a page or two hold the entries of most.
const KEPT_TABLE: usize = 64 << 10;

/// Sandboxes that wait warm for the plugin they ran last, for each slot: a chain of eight. Bounds
/// what idle sandboxes hold to `slots × 8 × KEPT_MEMORY`.
const WARM_PER_SLOT: u32 = 8;

/// Frames in a trace: what a person reads.
const TRACE_FRAMES: usize = 32;

/// The settings for an engine with so many slots.
pub(crate) fn settings(slots: usize) -> Config {
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots)))
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(MEMORY_GUARD)
        // Catches what a miscompiled access before the memory would reach.
        .guard_before_linear_memory(true)
        // Pages of a plugin's initial memory are shared until they are written.
        .memory_init_cow(true)
        .table_lazy_init(true)
        .max_wasm_stack(STACK_BYTES)
        // Guests are interrupted by ticks: cheaper than counting instructions.
        .epoch_interruption(true)
        .consume_fuel(false)
        // Calls are synchronous, one thread a slot: no stacks to switch, no futures.
        .concurrency_support(false)
        .shared_memory(false)
        .cranelift_opt_level(OptLevel::Speed)
        .parallel_compilation(true)
        // Function names in traces, and not more of a plugin's internals.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(TRACE_FRAMES))
        .debug_info(false)
        .generate_address_map(true);
    proposals(&mut config);
    config
}

/// Turns on what compilers emit today, and off the rest: what is off cannot be attacked.
fn proposals(config: &mut Config) {
    let off = WasmFeatures::MEMORY64
        | WasmFeatures::THREADS
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::GC
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::LEGACY_EXCEPTIONS
        | WasmFeatures::STACK_SWITCHING
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::MEMORY_CONTROL
        | WasmFeatures::CM_ASYNC
        | WasmFeatures::CM_ASYNC_STACKFUL
        | WasmFeatures::CM_MORE_ASYNC_BUILTINS
        | WasmFeatures::CM_THREADING
        | WasmFeatures::CM_ERROR_CONTEXT
        | WasmFeatures::CM_GC
        | WasmFeatures::CM_MAP
        | WasmFeatures::CM64
        | WasmFeatures::CM_FIXED_LENGTH_LISTS;
    let on = WasmFeatures::SIMD
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL;
    config.wasm_features(off, false).wasm_features(on, true);
}

fn pool(slots: usize) -> PoolingAllocationConfig {
    let slots = u32::try_from(slots).unwrap_or(u32::MAX).max(1);
    let instances = slots
        .saturating_mul(INSTANCES_PER_SLOT)
        .clamp(MIN_INSTANCES, MAX_INSTANCES);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_component_instance_size(METADATA_BYTES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        // A component is usually a main module, an adapter and two shims.
        .total_core_instances(instances.saturating_mul(4))
        .max_core_instance_size(METADATA_BYTES)
        .max_memories_per_module(1)
        .max_tables_per_module(4)
        .total_memories(instances)
        .max_memory_size(usize::try_from(MEMORY_RESERVATION).expect("a 64-bit machine"))
        .total_tables(instances.saturating_mul(TABLES_PER_INSTANCE))
        .table_elements(TABLE_ELEMENTS)
        // No guest runs on a stack of its own.
        .total_stacks(0)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_TABLE)
        // Where the kernel can say which pages were touched, only those are wiped.
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(slots.saturating_mul(WARM_PER_SLOT))
        // Memory of a finished guest goes back at once, so that a node's memory is what it seems.
        .decommit_batch_size(1);
    pool
}
