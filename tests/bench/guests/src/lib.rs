//! The plugins of the benchmarks are in `examples/`, a file each.
